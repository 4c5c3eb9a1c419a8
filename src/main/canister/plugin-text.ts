// The words in which the reference host tells a plugin what went wrong. Plugins match on them, so they are
// repeated here exactly, quirks included; nothing else in this folder composes such text.
import type { Rejection } from './client.js';

const REJECT_CODE_NAMES: Readonly<Record<number, string>> = {
  1: 'SysFatal',
  2: 'SysTransient',
  3: 'DestinationInvalid',
  4: 'CanisterReject',
  5: 'CanisterError',
};

// https://www.iana.org/assignments/http-status-codes: those that a node, a boundary node or a proxy sends.
const HTTP_REASONS: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  402: 'Payment Required',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  407: 'Proxy Authentication Required',
  408: 'Request Timeout',
  409: 'Conflict',
  410: 'Gone',
  411: 'Length Required',
  412: 'Precondition Failed',
  413: 'Payload Too Large',
  414: 'URI Too Long',
  415: 'Unsupported Media Type',
  421: 'Misdirected Request',
  422: 'Unprocessable Entity',
  425: 'Too Early',
  426: 'Upgrade Required',
  428: 'Precondition Required',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  451: 'Unavailable For Legal Reasons',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
  505: 'HTTP Version Not Supported',
  507: 'Insufficient Storage',
  508: 'Loop Detected',
  511: 'Network Authentication Required',
};

/** An answer of the network that is an HTTP failure. */
export interface HttpAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly content: Uint8Array;
}

/** The texts that take nothing. */
export const PLUGIN_TEXTS = {
  certificateInvalid: 'Certificate verification failed.',
  certificateOutdated: "Certificate is stale (over 240s). Is the computer's clock synchronized?",
  canisterNotInRanges:
    'Certificate is not authorized to respond to queries for this canister. While developing: Did you forget to set effective_canister_id?',
  tooManyDelegations: 'The certificate contained more than one delegation',
  querySignatureInvalid: 'Query signature verification failed.',
  querySignatureMissing: 'Query response did not contain any node signatures',
  querySignatureMalformed: 'Query response contained a malformed signature',
  nodeKeyMalformed: 'Read state response contained a malformed public key',
  answerTooLarge: 'Response size exceeded limit.',
  timedOut: 'The request timed out.',
} as const;

/** A rejection by a canister or by the network. */
export function rejectionText(rejection: Rejection): string {
  const name = REJECT_CODE_NAMES[rejection.code];
  if (name === undefined) return `Invalid reject code ${rejection.code}`;
  const errorCode = rejection.errorCode === undefined ? 'None' : `Some(${rustString(rejection.errorCode)})`;
  return `The replica returned a rejection error: reject code ${name}, reject message ${rejection.message}, error code ${errorCode}`;
}

/** An HTTP status that is neither 200 nor 202. */
export function httpFailureText(answer: HttpAnswer): string {
  const { status, contentType, content } = answer;
  if (status < 400) {
    return `Invalid HTTP response: Expected \`200\`, \`202\`, 4xx\`, or \`5xx\` HTTP status code. Got: ${httpStatusText(status)}`;
  }
  return (
    `The replica returned an HTTP Error: Http Error: status ${httpStatusText(status)}, ` +
    `content type ${rustString(contentType)}, content: ${contentText(content)}`
  );
}

/** No answer: connecting failed, or the connection broke. */
export function transportFailureText(url: string): string {
  return `An error happened during communication with the replica: error sending request for url (${url})`;
}

/** The network forgot the reply before it could be read. */
export function doneWithoutReplyText(requestIdHex: string): string {
  return `Call was marked as done but we never saw the reply. Request ID: ${requestIdHex}`;
}

/** More query signatures than the subnet has nodes. */
export function tooManySignaturesText(signatures: number, nodes: number): string {
  return `Query response contained too many signatures (${signatures}, exceeding the subnet's total nodes: ${nodes})`;
}

/** An answer that is not the CBOR it should be. */
export function invalidCborText(reason: string): string {
  return `Invalid CBOR data, could not deserialize: ${reason}`;
}

/** What a plugin is told about a canister by `name` that its step does not list. */
export function notPermittedText(name: string): string {
  return `plugin is not permitted to call canister '${name}': declare it in the sync step's \`canisters\` list to allow it`;
}

/** `1234567` as `1_234_567`, as Candid shows a `nat`. */
export function natText(value: bigint): string {
  return value.toString().replace(/\B(?=(\d{3})+$)/g, '_');
}

function httpStatusText(status: number): string {
  return `${status} ${HTTP_REASONS[status] ?? '<unknown status code>'}`;
}

/** A body as text, or as its bytes when it is no text. */
function contentText(content: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content);
  } catch {
    return `(unable to decode content as UTF-8: [${Array.from(content).join(', ')}])`;
  }
}

// Text in quotes as Rust's `{:?}` writes it, for what HTTP headers and error codes can hold.
function rustString(text: string): string {
  const escaped = text
    .replace(/["\\]/g, '\\$&')
    .replace(/\t/g, '\\t')
    .replace(/\r/g, '\\r')
    .replace(/\n/g, '\\n');
  return `"${escaped}"`;
}
