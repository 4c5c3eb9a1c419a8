import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { connect } from 'node:net';
import { Cbor, type HttpAgent, type PublicKey, type Signature, SignIdentity } from '@icp-sdk/core/agent';
import { IDL } from '@icp-sdk/core/candid';
import { DelegationChain, DelegationIdentity, Ed25519KeyIdentity } from '@icp-sdk/core/identity';
import { Principal } from '@icp-sdk/core/principal';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Localnet, startLocalnet } from '#src/main/localnet/index.js';
import {
  agentOf,
  callContent,
  encode,
  expiryIn,
  idOf,
  post,
  postBytes,
  query,
  readStateContent,
  requestIdOfContent,
  update,
} from './client.js';

let localnet: Localnet;
let canister: string;
beforeAll(async () => {
  localnet = await startLocalnet({ canisters: [{ kind: 'test' }, { kind: 'kv' }] });
  canister = idOf(localnet, 'test');
});
afterAll(() => localnet.close());

const callPath = () => `/api/v4/canister/${canister}/call`;
const increments = () => localnet.statistics().canisters[canister]?.updates['increment'] ?? 0;

/** Posts an envelope, expects it to be refused with `status`, and gives the text. */
async function refusal(path: string, envelope: unknown, status = 400): Promise<string> {
  const before = increments();
  const answer = await post(localnet, path, envelope);
  expect(answer.status).toBe(status);
  expect(increments()).toBe(before);
  return answer.text();
}

const increment = (changes: Record<string, unknown> = {}) =>
  callContent(canister, 'increment', encode([]), changes);

/** An identity whose key is one of node's. */
class NodeKeyIdentity extends SignIdentity {
  readonly #privateKey: KeyObject;
  readonly #publicKeyDer: Uint8Array<ArrayBuffer>;

  constructor(keys: { privateKey: KeyObject; publicKey: KeyObject }) {
    super();
    this.#privateKey = keys.privateKey;
    this.#publicKeyDer = Uint8Array.from(keys.publicKey.export({ format: 'der', type: 'spki' }));
  }

  getPublicKey(): PublicKey {
    return { toDer: () => this.#publicKeyDer } as unknown as PublicKey;
  }

  sign(message: Uint8Array): Promise<Signature> {
    const type = this.#privateKey.asymmetricKeyType;
    const signature =
      type === 'ed25519'
        ? sign(null, message, this.#privateKey)
        : sign('sha256', message, { key: this.#privateKey, dsaEncoding: 'ieee-p1363' });
    return Promise.resolve(Uint8Array.from(signature) as unknown as Signature);
  }
}

async function whoami(agent: HttpAgent): Promise<string> {
  const [principal] = await update(agent, canister, 'whoami', [], [IDL.Principal]);
  return (principal as Principal).toText();
}

describe('who sent a request', () => {
  test.each([
    ['ed25519', () => generateKeyPairSync('ed25519')],
    ['P-256', () => generateKeyPairSync('ec', { namedCurve: 'prime256v1' })],
    ['secp256k1', () => generateKeyPairSync('ec', { namedCurve: 'secp256k1' })],
  ])('is known by its %s key, in updates, queries and read_states', async (_name, generate) => {
    const identity = new NodeKeyIdentity(generate());
    const agent = agentOf(localnet, identity);
    expect(await whoami(agent)).toBe(identity.getPrincipal().toText());
    const [principal] = await query(agent, canister, 'whoami', [], [IDL.Principal]);
    expect((principal as Principal).toText()).toBe(identity.getPrincipal().toText());
  });

  test('is known through a chain of delegations', async () => {
    const [root, middle, session] = ['a', 'b', 'c'].map(() => Ed25519KeyIdentity.generate());
    if (root === undefined || middle === undefined || session === undefined) throw new Error('no keys');
    const expiration = new Date(Date.now() + 60_000);
    const first = await DelegationChain.create(root, middle.getPublicKey(), expiration);
    const chain = await DelegationChain.create(middle, session.getPublicKey(), expiration, {
      previous: first,
    });
    const agent = agentOf(localnet, DelegationIdentity.fromDelegation(session, chain));
    expect(await whoami(agent)).toBe(root.getPrincipal().toText());
  });

  test.each([
    ['expired', -1_000, []],
    ['for another canister', 60_000, [Principal.fromText('aaaaa-aa')]],
  ] as const)('is refused when a delegation is %s', async (_name, deltaMs, targets) => {
    const [root, session] = [Ed25519KeyIdentity.generate(), Ed25519KeyIdentity.generate()];
    const chain = await DelegationChain.create(root, session.getPublicKey(), new Date(Date.now() + deltaMs), {
      ...(targets.length === 0 ? {} : { targets: [...targets] }),
    });
    const agent = agentOf(localnet, DelegationIdentity.fromDelegation(session, chain));
    await expect(whoami(agent)).rejects.toThrow('a delegation');
  });

  test('is refused when its delegations go round in circles', async () => {
    const [root, session] = [Ed25519KeyIdentity.generate(), Ed25519KeyIdentity.generate()];
    const expiration = new Date(Date.now() + 60_000);
    let chain = await DelegationChain.create(root, session.getPublicKey(), expiration);
    chain = await DelegationChain.create(session, root.getPublicKey(), expiration, { previous: chain });
    chain = await DelegationChain.create(root, session.getPublicKey(), expiration, { previous: chain });
    const agent = agentOf(localnet, DelegationIdentity.fromDelegation(session, chain));
    await expect(whoami(agent)).rejects.toThrow('the delegations contain a cycle');
  });

  test('may ask what became of a request through a delegation only when that is for its canister', async () => {
    const [root, session] = [Ed25519KeyIdentity.generate(), Ed25519KeyIdentity.generate()];
    const delegated = async (...targets: string[]) => {
      const expiration = new Date(Date.now() + 60_000);
      const chain = await DelegationChain.create(root, session.getPublicKey(), expiration, {
        targets: targets.map((target) => Principal.fromText(target)),
      });
      return agentOf(localnet, DelegationIdentity.fromDelegation(session, chain));
    };
    const agent = await delegated(canister, idOf(localnet, 'kv'));
    const { requestId } = await agent.call(canister, { methodName: 'increment', arg: encode([]) });
    const paths = [[Buffer.from('request_status'), requestId]];
    await agent.readState({ canisterId: canister }, { paths });
    const other = await delegated(idOf(localnet, 'kv'));
    await expect(other.readState({ canisterId: canister }, { paths })).rejects.toThrow(
      'targets of its delegation',
    );
  });

  test('is refused when a delegation was signed by somebody else', async () => {
    const [root, forger, session] = ['a', 'b', 'c'].map(() => Ed25519KeyIdentity.generate());
    if (root === undefined || forger === undefined || session === undefined) throw new Error('no keys');
    const forged = await DelegationChain.create(
      forger,
      session.getPublicKey(),
      new Date(Date.now() + 60_000),
    );
    const chain = DelegationChain.fromDelegations(forged.delegations, root.getPublicKey().toDer());
    const agent = agentOf(localnet, DelegationIdentity.fromDelegation(session, chain));
    await expect(whoami(agent)).rejects.toThrow('the signature of a delegation is wrong');
  });

  test('is refused when the signature is missing, wrong, or of a changed request', async () => {
    const identity = Ed25519KeyIdentity.generate();
    const sender = identity.getPrincipal().toUint8Array();
    const content = increment({ sender });
    const sender_pubkey = identity.getPublicKey().toDer();
    const sender_sig = await identity.sign(
      Uint8Array.from([...Buffer.from('\x0Aic-request'), ...requestIdOfContent(content)]),
    );
    expect(await refusal(callPath(), { content })).toContain('sender_sig');
    const changed = { ...content, nonce: new Uint8Array([1]) };
    expect(await refusal(callPath(), { content: changed, sender_pubkey, sender_sig })).toContain('wrong');
    const flipped = Uint8Array.from(sender_sig, (byte, index) => (index === 5 ? byte ^ 1 : byte));
    expect(await refusal(callPath(), { content, sender_pubkey, sender_sig: flipped })).toContain('wrong');
    const short = Uint8Array.from(sender_sig).subarray(1);
    expect(await refusal(callPath(), { content, sender_pubkey, sender_sig: short })).toContain('wrong');
    expect((await post(localnet, callPath(), { content, sender_pubkey, sender_sig })).status).toBe(200);
  });

  test('is refused when the key is not the sender’s, or no key', async () => {
    const [identity, other] = [Ed25519KeyIdentity.generate(), Ed25519KeyIdentity.generate()];
    const content = increment({ sender: other.getPrincipal().toUint8Array() });
    const sender_sig = new Uint8Array(64);
    const sender_pubkey = identity.getPublicKey().toDer();
    expect(await refusal(callPath(), { content, sender_pubkey, sender_sig })).toContain('does not belong');
    const rsa = Uint8Array.from(
      generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'der', type: 'spki' }),
    );
    for (const key of [rsa, new Uint8Array([1, 2, 3])]) {
      const sender = Principal.selfAuthenticating(key).toUint8Array();
      const envelope = { content: increment({ sender }), sender_pubkey: key, sender_sig };
      expect(await refusal(callPath(), envelope)).toContain('Failed to authenticate');
    }
  });

  test('is refused when an anonymous request is signed', async () => {
    const envelope = { content: increment(), sender_sig: new Uint8Array(64) };
    expect(await refusal(callPath(), envelope)).toContain('anonymous');
  });
});

describe('requests that are refused', () => {
  test.each([
    ['expired', -1_000],
    ['too far in the future', 400_000],
  ])('%s', async (_name, deltaMs) => {
    const content = increment({ ingress_expiry: expiryIn(deltaMs) });
    expect(await refusal(callPath(), { content })).toMatch(/^Invalid request expiry: /);
    const question = { ...content, request_type: 'query' };
    expect(await refusal(`/api/v3/canister/${canister}/query`, { content: question })).toMatch(
      /^Invalid request/,
    );
  });

  test('a canister id that is not the one in the URL', async () => {
    const path = `/api/v4/canister/${idOf(localnet, 'kv')}/call`;
    expect(await refusal(path, { content: increment() })).toContain('does not match effective canister id');
    const arg = encode([[IDL.Text, 'x']]);
    const status = callContent('aaaaa-aa', 'canister_status', arg);
    expect((await post(localnet, path, { content: status })).status).toBe(200);
  });

  test('a request type that is not the endpoint’s', async () => {
    const content = increment({ request_type: 'query' });
    expect(await refusal(callPath(), { content })).toContain('was sent to call');
  });

  test.each([
    ['nothing', new Uint8Array()],
    ['random bytes', new Uint8Array([0xff, 0x00, 0x13, 0x37])],
    ['a number', Cbor.encode(7)],
    ['a fraction', new Uint8Array([0xfb, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0])],
    ['a list', Cbor.encode([1, 2])],
    ['an empty map', Cbor.encode({})],
    ['a list that claims four billion items', new Uint8Array([0x9a, 0xff, 0xff, 0xff, 0xff])],
    ['a hundred thousand nested lists', new Uint8Array(100_000).fill(0x81)],
    ['content cut short', Cbor.encode({ content: {} }).subarray(0, 9)],
  ])('%s instead of an envelope', async (_name, body) => {
    const answer = await postBytes(localnet, callPath(), Uint8Array.from(body));
    expect(answer.status).toBe(400);
  });

  test.each([
    ['sender', 'text'],
    ['sender', new Uint8Array(30)],
    ['method_name', new Uint8Array(1)],
    ['arg', 'text'],
    ['ingress_expiry', 'soon'],
    ['ingress_expiry', -1],
    ['canister_id', undefined],
    ['request_type', 'install'],
    ['nonce', new Uint8Array(33)],
  ])('a content whose %s is %o', async (field, value) => {
    const content: Record<string, unknown> = { ...increment(), [field]: value };
    if (value === undefined) delete content[field];
    const answer = await post(localnet, callPath(), { content });
    expect(answer.status).toBe(400);
  });

  test('fields that a prototype supplies', async () => {
    // As a map in CBOR with the key __proto__: the request id would not cover what it supplies.
    const content = increment();
    const inherited = Cbor.encode({ XXXXXXXXX: { ...content } });
    const hidden = Buffer.from(inherited).toString('latin1').replace('XXXXXXXXX', '__proto__');
    const envelope = Uint8Array.from(
      Buffer.concat([
        Buffer.from([0xa1, 0x67]),
        Buffer.from('content'),
        Buffer.from(hidden, 'latin1').subarray(3),
      ]),
    );
    const answer = await postBytes(localnet, callPath(), envelope);
    expect(answer.status).toBe(400);
  });

  test('a body over 4 MiB', async () => {
    const content = callContent(canister, 'echo_update', new Uint8Array(4 * 1024 * 1024));
    expect(await refusal(callPath(), { content }, 413)).toContain('at most 4194304 bytes');
  });

  test('other types of content, which a web page could send', async () => {
    const headers = { 'content-type': 'text/plain' };
    const body = Cbor.encode({ content: increment() });
    const answer = await fetch(`${localnet.url}${callPath()}`, { method: 'POST', headers, body });
    expect(answer.status).toBe(415);
  });

  test.each([
    ['GET', '/', 404],
    ['GET', '/api/v2/canister/aaaaa-aa/call', 405],
    ['POST', '/api/v2/status', 405],
    ['POST', '/api/v5/canister/aaaaa-aa/call', 404],
    ['POST', '/api/v4/canister/aaaaa-aa/query', 404],
    ['POST', '/api/v4/canister/not-an-id/call', 400],
  ])('%s %s', async (method, path, status) => {
    expect((await fetch(`${localnet.url}${path}`, { method })).status).toBe(status);
  });
});

describe('read_state paths', () => {
  const refuse = (paths: (string | Uint8Array)[][], status: number, id = canister) =>
    refusal(`/api/v3/canister/${id}/read_state`, { content: readStateContent(paths) }, status);
  const self = () => Principal.fromText(canister).toUint8Array();

  test('that do not exist are refused', async () => {
    await refuse([[]], 404);
    await refuse([['everything']], 404);
    await refuse([['canister', self()]], 404);
    await refuse([['canister', self(), 'memory']], 404);
    await refuse([['request_status', new Uint8Array(31)]], 404);
  });

  test('about another canister are refused', async () => {
    await refuse([['canister', self(), 'controllers']], 400, idOf(localnet, 'kv'));
  });

  test('about two requests are refused', async () => {
    await refuse(
      [1, 2].map((byte) => ['request_status', new Uint8Array(32).fill(byte)]),
      400,
    );
  });

  test('about a request of somebody else are refused', async () => {
    const agent = agentOf(localnet, Ed25519KeyIdentity.generate());
    const { requestId } = await agent.call(canister, { methodName: 'increment', arg: encode([]) });
    await refuse([['request_status', requestId]], 403);
  });

  test('about another subnet are refused', async () => {
    await refusal(`/api/v3/subnet/${canister}/read_state`, { content: readStateContent([['time']]) });
  });
});

describe('closing', () => {
  test('ends at once, with open connections and requests that wait', async () => {
    const closing = await startLocalnet({ canisters: [{ kind: 'test' }] });
    const idle = connect(Number(new URL(closing.url).port), '127.0.0.1');
    const idleClosed = new Promise((resolve) => idle.once('close', resolve));
    idle.on('error', () => undefined);
    await new Promise((resolve) => idle.once('connect', resolve));
    const [delayed] = [idOf(closing, 'test')];
    const content = callContent(delayed, 'delay', encode([[IDL.Nat, 600_000n]]));
    const waiting = post(closing, `/api/v4/canister/${delayed}/call`, { content }).then(
      () => 'answered',
      () => 'ended',
    );
    await expect.poll(() => closing.statistics().updates).toBe(1);
    const startedMs = performance.now();
    await closing.close();
    expect(await waiting).toBe('ended');
    await idleClosed;
    expect(performance.now() - startedMs).toBeLessThan(1_000);
    await closing.close();
    await expect(fetch(`${closing.url}/api/v2/status`)).rejects.toThrow();
  });

  test('a port that is taken is an error with a code', async () => {
    const port = Number(new URL(localnet.url).port);
    await expect(startLocalnet({ port })).rejects.toMatchObject({ code: 'LISTEN_FAILED' });
  });
});
