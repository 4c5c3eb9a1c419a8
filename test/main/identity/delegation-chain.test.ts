// Chains of delegations: the good ones go along with every request, the bad ones go nowhere.

import type { HttpAgentRequest } from '@icp-sdk/core/agent';
import { Principal } from '@icp-sdk/core/principal';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { loadIdentity } from '#src/main/identity/index.js';
import { type Localnet, startLocalnet } from '#src/main/localnet/index.js';
import { idOf } from '../canister/support.js';
import { chainOf, delegate, HandmadeStore, type Key, makeKey, webAuth } from './support/store.js';
import { whoami } from './support/whoami.js';

const KINDS = ['ed25519', 'secp256k1', 'P-256'] as const;
const HOUR_MS = 3_600_000;

let network: Localnet;
beforeAll(async () => {
  network = await startLocalnet();
});
afterAll(() => network.close());

let store: HandmadeStore;
beforeEach(() => {
  store = new HandmadeStore();
});
afterEach(() => store.remove());

type Chain = ReturnType<typeof chainOf>;

/** Puts an identity `me` into the store and loads it. */
function load(chain: object | string, session: Key, principal: string, kind = 'web-auth') {
  store.list({ me: { ...webAuth(principal), kind } });
  store.write('keys/me.pem', session.pem);
  store.write('delegations/me.json', chain);
  return loadIdentity({ name: 'me', folder: store.folder });
}

describe('a chain that is good', () => {
  test.each(KINDS.flatMap((root) => KINDS.map((session) => [root, session] as const)))(
    'signs for a key of kind %s with one of kind %s',
    async (rootKind, sessionKind) => {
      const [root, session] = [makeKey(rootKind), makeKey(sessionKind)];
      const identity = await load(chainOf(root, delegate(root, session)), session, root.principal);
      expect(await whoami(network, identity)).toEqual([root.principal]);
      expect(JSON.stringify(identity)).toBe(JSON.stringify({ principal: root.principal }));
    },
  );

  test('may be for some canisters only, which the network sees to', async () => {
    const [root, middle, session] = [makeKey('P-256'), makeKey('ed25519'), makeKey('secp256k1')];
    const targets = ['test', 'kv'].map((name) => Principal.fromText(idOf(network, name)));
    const chain = (last: Principal[]) =>
      chainOf(root, delegate(root, middle, { targets }), delegate(middle, session, { targets: last }));
    expect(await whoami(network, await load(chain(targets), session, root.principal))).toEqual([
      root.principal,
    ]);
    const other = await load(chain(targets.slice(1)), session, root.principal);
    await expect(whoami(network, other)).rejects.toThrow(/a delegation is not for canister/);
  });

  test('of a canister is passed on as it is: what it signed only the network can check', async () => {
    // As Internet Identity makes them: the key names a canister and a seed, the signature is a certificate.
    const canister = Buffer.concat([
      Buffer.of(10),
      Buffer.from('00000000000000070101', 'hex'),
      Buffer.from('seed'),
    ]);
    const head = Buffer.from('300c060a2b0601040183b8430102', 'hex');
    const bits = Buffer.concat([Buffer.of(0x03, canister.length + 1, 0), canister]);
    const publicKeyDer = Buffer.concat([Buffer.of(0x30, head.length + bits.length), head, bits]);
    const principal = Principal.selfAuthenticating(new Uint8Array(publicKeyDer)).toText();
    const session = makeKey('ed25519');
    const unsigned = delegate(session, session);
    const chain = chainOf({ publicKeyDer }, { ...unsigned, signature: 'd9d9f7a0' });
    const identity = await load(chain, session, principal, 'internet-identity');
    const request = { request: {}, endpoint: 'query', body: { sender: identity.getPrincipal() } };
    const { body } = (await identity.transformRequest(request as unknown as HttpAgentRequest)) as {
      body: Record<string, unknown>;
    };
    expect(Buffer.from(body['sender_pubkey'] as Uint8Array)).toEqual(publicKeyDer);
    expect(body['sender_delegation']).toEqual([
      {
        delegation: {
          pubkey: new Uint8Array(session.publicKeyDer),
          expiration: BigInt(`0x${unsigned.delegation.expiration}`),
        },
        signature: new Uint8Array(Buffer.from('d9d9f7a0', 'hex')),
      },
    ]);
    expect(identity.getPrincipal().toText()).toBe(principal);
  });
});

describe('a chain that is not', () => {
  const [root, middle, session] = [makeKey('ed25519'), makeKey('P-256'), makeKey('secp256k1')];
  const good = chainOf(root, delegate(root, middle), delegate(middle, session));
  const changed = (change: (chain: Chain) => void): Chain => {
    const chain = structuredClone(good);
    change(chain);
    return chain;
  };
  const at = (chain: Chain, index: number) => chain.delegations[index] ?? expect.unreachable();

  test.each<[string, Chain, string]>([
    [
      'was signed by another',
      chainOf(root, delegate(middle, session)),
      'delegation 1 of its chain was not signed',
    ],
    [
      'was signed for longer than was agreed',
      changed((chain) => {
        at(chain, 1).delegation.expiration = ((BigInt(Date.now()) + 10n ** 9n) * 10n ** 6n).toString(16);
      }),
      'delegation 2 of its chain was not signed',
    ],
    [
      'was signed for fewer canisters',
      changed((chain) => {
        at(chain, 0).delegation.targets = ['00000000000000070101'];
      }),
      'delegation 1 of its chain was not signed',
    ],
    [
      'has a signature cut short',
      changed((chain) => {
        at(chain, 1).signature = at(chain, 1).signature.slice(2);
      }),
      'delegation 2 of its chain was not signed',
    ],
    [
      'leaves out a link',
      changed((chain) => void chain.delegations.shift()),
      'delegation 1 of its chain was not signed',
    ],
    [
      'stops before the session',
      changed((chain) => void chain.delegations.pop()),
      'to another session key than it has',
    ],
    [
      'goes round in circles',
      chainOf(root, delegate(root, middle), delegate(middle, root), delegate(root, session)),
      'delegation 2 of its chain is to a key that has signed before',
    ],
    [
      'begins with no key',
      changed((chain) => {
        chain.publicKey = 'abcd';
      }),
      'delegation 1 of its chain was not signed',
    ],
  ])('%s', async (_, chain, says) => {
    await expect(load(chain, session, root.principal)).rejects.toMatchObject({
      code: 'IDENTITY_INVALID',
      message: expect.stringContaining(says),
    });
    // The same chain unharmed is what it is refused for not being.
    expect((await load(good, session, root.principal)).getPrincipal().toText()).toBe(root.principal);
  });

  test('is another’s', async () => {
    const wrong = load(good, session, middle.principal);
    await expect(wrong).rejects.toThrow(`its key is that of ${root.principal}`);
  });

  test.each([
    ['web-auth', 'icp identity reauth me'],
    ['delegation', 'icp identity delegation request'],
  ])('has expired, of kind %s', async (kind, remedy) => {
    const late = chainOf(root, delegate(root, middle), delegate(middle, session, { lifetimeMs: -HOUR_MS }));
    const expiry = new Date(
      Number(BigInt(`0x${at(late, 1).delegation.expiration}`) / 1_000_000n),
    ).toISOString();
    await expect(load(late, session, root.principal, kind)).rejects.toMatchObject({
      code: 'IDENTITY_UNUSABLE',
      message: `the identity me cannot be used: its delegation expired at ${expiry}`,
      hint: expect.stringContaining(remedy),
    });
  });

  test('is about to expire', async () => {
    const soon = chainOf(root, delegate(root, session, { lifetimeMs: 100_000 }));
    await expect(load(soon, session, root.principal)).rejects.toThrow(
      /its delegation expires at .*, in a moment/,
    );
    const later = chainOf(root, delegate(root, session, { lifetimeMs: 180_000 }));
    await load(later, session, root.principal);
  });

  test.each([
    ['is no JSON', '{\n"publicKey": }', ':2:14: this is not valid JSON'],
    [
      'has no delegations',
      '{"publicKey": "", "delegations": []}',
      'a chain has 1 to 20 delegations, but this has 0',
    ],
    ['has too many', JSON.stringify(chainOf(root, ...Array(21).fill(at(good, 0)))), 'but this has 21'],
    [
      'has odd digits',
      '{"publicKey": "abc", "delegations": [{"signature": "", "delegation": {"pubkey": "", "expiration": "1"}}]}',
      ':1:15: publicKey must be hexadecimal digits',
    ],
    [
      'has a time that is none',
      '{"delegations": [{"delegation": {"expiration": "soon"}}]}',
      ':1:48: an expiration must be',
    ],
    [
      'has a target that is none',
      `{"delegations": [{"signature": "", "delegation": {"pubkey": "", "expiration": "1", "targets": ["${'00'.repeat(30)}"]}}]}`,
      'a target is a principal',
    ],
  ])('%s', async (_, text, says) => {
    await expect(load(text, session, root.principal)).rejects.toMatchObject({
      code: 'MANIFEST_INVALID',
      message: expect.stringContaining(says),
    });
  });

  test('is not there', async () => {
    store.list({ me: webAuth(root.principal) });
    store.write('keys/me.pem', session.pem);
    const missing = loadIdentity({ name: 'me', folder: store.folder });
    await expect(missing).rejects.toThrow('its chain of delegations is missing');
  });
});
