// The read_state endpoint: which paths a sender may ask for, and the certificate that shows them.
import { Cbor } from '@icp-sdk/core/agent';
import { Principal } from '@icp-sdk/core/principal';
import { isWithinTargets } from './authentication.js';
import { isController } from './canister-host.js';
import type { Envelope, ReadStateContent } from './envelope.js';
import type { AnswerFaultKind } from './faults.js';
import type { IngressRecord } from './ingress.js';
import type { Answer, Network } from './network.js';
import { Refusal } from './refusal.js';
import { checkSubnet, type RequestRoute } from './routing.js';

/** Serves one `read_state` request whose sender and expiry have been checked. */
export async function serveReadState(
  network: Network,
  route: RequestRoute,
  envelope: Envelope,
  content: ReadStateContent,
  fault: AnswerFaultKind | undefined,
): Promise<Answer> {
  if (route.scope === 'subnet') checkSubnet(network, route.id);
  const requestIds = new Set<string>();
  for (const path of content.paths) checkPath(network, route, envelope, path, requestIds);
  if (requestIds.size > 1)
    throw new Refusal(400, 'Can only request a single request ID in request_status paths.');
  const records = recordsOf(network, content);
  for (const record of records) checkRecord(record, route, envelope);
  network.counters.countReadState(route.id.toText());
  const certificate = await network.certifier.certify({ paths: content.paths, records, fault });
  return { httpStatus: 200, body: Cbor.encode({ certificate }) };
}

/** The method whose status `content` asks for, if it asks for one that is known. */
export function methodOfReadState(network: Network, content: ReadStateContent): string | undefined {
  return recordsOf(network, content)[0]?.method;
}

function recordsOf(network: Network, content: ReadStateContent): IngressRecord[] {
  const records = new Set<IngressRecord>();
  for (const [first, requestId] of content.paths) {
    if (first === undefined || requestId === undefined || textOf(first) !== 'request_status') continue;
    const record = network.history.find(requestId);
    if (record !== undefined) records.add(record);
  }
  return [...records];
}

function checkRecord(record: IngressRecord, route: RequestRoute, envelope: Envelope): void {
  if (record.sender !== envelope.sender.toText()) {
    throw new Refusal(403, 'The user tries to access Request ID not signed by the caller.');
  }
  if (!isWithinTargets(envelope, record.canisterId)) {
    throw new Refusal(403, 'The user tries to access Request ID not within the targets of its delegation.');
  }
  if (record.effectiveCanisterId !== route.id.toText()) {
    throw new Refusal(400, 'The request was sent with another effective canister id.');
  }
}

// The interface specification, "Request: Read state": what may be asked for, and by whom.
function checkPath(
  network: Network,
  route: RequestRoute,
  envelope: Envelope,
  path: readonly Uint8Array[],
  requestIds: Set<string>,
): void {
  const [first, id, field, name] = path;
  switch (first === undefined ? '' : textOf(first)) {
    case 'time':
      if (path.length === 1) return;
      break;
    case 'subnet':
      if (path.length <= 5) return;
      break;
    case 'canister_ranges':
      if (path.length >= 2 && path.length <= 3) return;
      break;
    case 'request_status':
      if (id === undefined || id.length !== 32 || path.length > 3) break;
      requestIds.add(Buffer.from(id).toString('hex'));
      return;
    case 'canister':
      if (id === undefined || field === undefined || id.length > 29) break;
      checkCanisterId(route, Principal.fromUint8Array(id));
      if (path.length === 3 && ['controllers', 'module_hash'].includes(textOf(field))) return;
      if (path.length !== 4 || textOf(field) !== 'metadata' || name === undefined) break;
      checkMetadata(network, envelope, Principal.fromUint8Array(id), textOf(name));
      return;
  }
  throw new Refusal(404, `Invalid path requested: /${path.map(textOf).join('/')}`);
}

function checkCanisterId(route: RequestRoute, id: Principal): void {
  if (route.scope === 'canister' && id.compareTo(route.id) === 'eq') return;
  throw new Refusal(
    400,
    `Effective principal id in URL ${route.id.toText()} does not match requested ${id.toText()}`,
  );
}

function checkMetadata(network: Network, envelope: Envelope, id: Principal, name: string): void {
  const hosted = network.host.find(id);
  if (hosted?.canister.metadata.get(name)?.visibility !== 'private') return;
  if (isController(hosted, envelope.sender)) return;
  throw new Refusal(403, `Custom section ${name} can only be requested by the controllers of the canister.`);
}

function textOf(label: Uint8Array): string {
  return Buffer.from(label).toString('utf8');
}
