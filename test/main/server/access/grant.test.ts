import { describe, expect, test } from 'vitest';
import { type Bindings, Grant, requireGrant } from '#src/main/server/access/index.js';
import { configured, errorOf } from '../config/support.js';

const APPLE = 'rrkah-fqaaa-aaaaa-aaaaq-cai';
const PEAR = 'ryjl3-tyaaa-aaaaa-aaaba-cai';
const STRANGER = 'r7inp-6aaaa-aaaaa-aaabq-cai';

function grantOf(bindings: Bindings): Grant {
  return new Grant(
    bindings,
    configured(`data: d
identities: {deployer: {anonymous: true}, other: {anonymous: true}}
networks: {local: {url: "http://x"}, main: {url: "https://y"}}
canisters: {orchard: [${APPLE}], meadow: [${PEAR}], empty: []}`),
  );
}

const BOUND = { identities: ['deployer'], networks: ['local'], canisters: ['orchard'] };

describe('a token that is bound', () => {
  test('may use what it is bound to, and nothing else', () => {
    const grant = grantOf(BOUND);
    expect(grant.allowsIdentity('deployer')).toBe(true);
    expect(grant.allowsNetwork('local')).toBe(true);
    expect(grant.allowsCanister(APPLE)).toBe(true);
    for (const name of ['other', 'unknown', '', '*', 'Deployer', 'constructor', '__proto__', 'deployer\0']) {
      expect(grant.allowsIdentity(name)).toBe(false);
      expect(grant.allowsNetwork(name)).toBe(false);
      expect(grant.allowsCanister(name)).toBe(false);
    }
    expect(grant.allowsNetwork('main')).toBe(false);
    for (const principal of [PEAR, STRANGER, 'aaaaa-aa', APPLE.toUpperCase(), `${APPLE} `, 'orchard', '']) {
      expect(grant.allowsCanister(principal)).toBe(false);
    }
    expect([grant.identities, grant.networks, grant.canisterLists]).toEqual([
      ['deployer'],
      ['local'],
      ['orchard'],
    ]);
  });

  test('to names that the configuration no longer has, may use nothing for them', () => {
    const gone = ['gone', 'constructor', '__proto__'];
    const grant = grantOf({ identities: gone, networks: [...gone, 'main'], canisters: gone });
    for (const name of gone) {
      expect([grant.allowsIdentity(name), grant.allowsNetwork(name), grant.allowsCanister(name)]).toEqual([
        false,
        false,
        false,
      ]);
    }
    expect([grant.identities, grant.networks, grant.canisterLists]).toEqual([[], ['main'], []]);
    expect(grant.allowsCanister(APPLE)).toBe(false);
  });

  test('to nothing, may use nothing', () => {
    const grant = grantOf({ identities: [], networks: [], canisters: [] });
    expect(
      grant.allowsIdentity('deployer') || grant.allowsNetwork('local') || grant.allowsCanister(APPLE),
    ).toBe(false);
    expect(grantOf({ ...BOUND, canisters: ['empty'] }).allowsCanister(APPLE)).toBe(false);
  });

  test('to several lists, may reach what is in any', () => {
    const grant = grantOf({ ...BOUND, canisters: ['orchard', 'meadow'] });
    expect([APPLE, PEAR, STRANGER].map((id) => grant.allowsCanister(id))).toEqual([true, true, false]);
  });
});

test('a token that is bound to no list may use any that is configured, and any canister', () => {
  const grant = grantOf({});
  expect(grant.identities).toEqual(['deployer', 'other']);
  expect(grant.networks).toEqual(['local', 'main']);
  expect(grant.canisterLists).toBeUndefined();
  expect(grant.allowsIdentity('unknown') || grant.allowsNetwork('unknown')).toBe(false);
  expect(grant.allowsCanister(STRANGER)).toBe(true);
});

describe('a run is refused', () => {
  const refusal = (wanted: Parameters<typeof requireGrant>[1]) =>
    errorOf(() => requireGrant(grantOf(BOUND), wanted));

  test('unless all that it would use is granted', () => {
    const wanted = { identity: 'deployer', network: 'local', canisters: [APPLE, APPLE] };
    expect(() => requireGrant(grantOf(BOUND), wanted)).not.toThrow();
    expect(refusal({ ...wanted, canisters: [APPLE, PEAR] })).toMatchObject({
      code: 'ACCESS_DENIED',
      kind: 'user',
      httpStatus: 403,
      message: `this token may not use the canister \`${PEAR}\``,
    });
    expect(refusal({ identity: 'other', network: 'main', canisters: [PEAR, PEAR] }).message).toBe(
      `this token may not use the identity \`other\`, the network \`main\`, the canister \`${PEAR}\``,
    );
  });

  test('in the same words, whether or not there is such a thing', () => {
    const shape = (name: string, wanted: Parameters<typeof requireGrant>[1]) => {
      const { code, message, hint, httpStatus } = refusal(wanted);
      return { code, hint, httpStatus, message: message.replaceAll(name, 'NAME') };
    };
    expect(shape('other', { identity: 'other' })).toEqual(shape('unknown', { identity: 'unknown' }));
    expect(shape('main', { network: 'main' })).toEqual(shape('unknown', { network: 'unknown' }));
    expect(shape(PEAR, { canisters: [PEAR] })).toEqual(shape(STRANGER, { canisters: [STRANGER] }));
  });

  test('in a message of bounded length, that cannot drive a terminal', () => {
    const canisters = Array.from({ length: 10_000 }, (_, index) => `${index}\u001b[31m${'x'.repeat(1000)}`);
    const { message } = refusal({ canisters });
    expect(message.length).toBeLessThan(1500);
    expect(message).toMatch(/ and 9992 more$/);
    expect(message).not.toContain('\u001b');
  });
});
