import { createPublicKey, generateKeyPairSync, type KeyObject, verify } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import type { SignIdentity } from '@icp-sdk/core/agent';
import { Ed25519KeyIdentity } from '@icp-sdk/core/identity';
import { Secp256k1KeyIdentity } from '@icp-sdk/core/identity/secp256k1';
import { Principal } from '@icp-sdk/core/principal';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SandpoolError } from '#src/bridge/errors.js';
import { loadIdentity } from '#src/main/identity/index.js';
import { openKey } from '#src/main/identity/open-key.js';
import { type Localnet, startLocalnet } from '#src/main/localnet/index.js';
import { whoami } from './support/whoami.js';

const ORDERS = {
  secp256k1: 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n,
};

let folder: string;
let network: Localnet;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'identity-'));
  network = await startLocalnet();
});
afterAll(async () => {
  await rm(folder, { recursive: true });
  await network.close();
});

const keys = {
  ed25519: generateKeyPairSync('ed25519').privateKey,
  secp256k1: generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey,
  'P-256': generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey,
};

const pem = (label: string, der: Buffer): string =>
  `-----BEGIN ${label}-----\n${der
    .toString('base64')
    .match(/.{1,64}/g)
    ?.join('\n')}\n-----END ${label}-----\n`;
const pkcs8 = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString();
const sec1 = (key: KeyObject): string => key.export({ type: 'sec1', format: 'pem' }).toString();
const seedOf = (key: KeyObject): Buffer => Buffer.from(key.export({ format: 'jwk' }).d ?? '', 'base64url');
const publicSeedOf = (key: KeyObject): Buffer =>
  Buffer.from(key.export({ format: 'jwk' }).x ?? '', 'base64url');

/** PKCS#8 in version 2, with the public key, in both forms in which tools have written it. */
function version2(key: KeyObject, form: 'implicit' | 'explicit'): string {
  const start = `30${form === 'implicit' ? '51' : '53'}020101300506032b657004220420`;
  const middle = form === 'implicit' ? '812100' : 'a123032100';
  const parts = [Buffer.from(start, 'hex'), seedOf(key), Buffer.from(middle, 'hex'), publicSeedOf(key)];
  return pem('PRIVATE KEY', Buffer.concat(parts));
}

/** SEC1 without the public key, and with its parameters in a block of their own, as OpenSSL writes it. */
function bareSec1(key: KeyObject, oid: string): string {
  const parameters = Buffer.from(oid, 'hex');
  const content = Buffer.concat([
    Buffer.from('0201010420', 'hex'),
    seedOf(key),
    Buffer.of(0xa0, parameters.length),
    parameters,
  ]);
  const der = Buffer.concat([Buffer.of(0x30, content.length), content]);
  return pem('EC PARAMETERS', parameters) + pem('EC PRIVATE KEY', der);
}

function asSignIdentity(text: string): Promise<SignIdentity> {
  return openKey(Buffer.from(text), { identity: 'test' });
}

const forms: [string, keyof typeof keys, string][] = [
  ['ed25519 in PKCS#8', 'ed25519', pkcs8(keys.ed25519)],
  ['ed25519 in PKCS#8 version 2', 'ed25519', version2(keys.ed25519, 'implicit')],
  ['ed25519 in the older PKCS#8 version 2', 'ed25519', version2(keys.ed25519, 'explicit')],
  ['secp256k1 in PKCS#8', 'secp256k1', pkcs8(keys.secp256k1)],
  ['secp256k1 in SEC1', 'secp256k1', sec1(keys.secp256k1)],
  ['secp256k1 in bare SEC1', 'secp256k1', bareSec1(keys.secp256k1, '06052b8104000a')],
  ['P-256 in PKCS#8', 'P-256', pkcs8(keys['P-256'])],
  ['P-256 in SEC1', 'P-256', sec1(keys['P-256'])],
  ['P-256 in bare SEC1', 'P-256', bareSec1(keys['P-256'], '06082a8648ce3d030107')],
];

describe('an identity from PEM', () => {
  it.each(forms)('signs with %s, as the network checks it', async (_form, kind, text) => {
    const file = join(folder, `${_form.replaceAll(/\W/g, '-')}.pem`);
    await writeFile(file, text);
    const identity = await loadIdentity({ pemFile: file });
    const publicKey = createPublicKey(keys[kind]).export({ type: 'spki', format: 'der' });
    const principal = Principal.selfAuthenticating(new Uint8Array(publicKey)).toText();
    expect(identity.getPrincipal().toText()).toBe(principal);

    expect(await whoami(network, identity)).toEqual([principal]);
  });

  it('has the principals of the agent package', async () => {
    const ed25519 = Ed25519KeyIdentity.fromSecretKey(new Uint8Array(seedOf(keys.ed25519)));
    const secp256k1 = Secp256k1KeyIdentity.fromSecretKey(new Uint8Array(seedOf(keys.secp256k1)));
    expect((await asSignIdentity(pkcs8(keys.ed25519))).getPrincipal()).toEqual(ed25519.getPrincipal());
    expect((await asSignIdentity(pkcs8(keys.secp256k1))).getPrincipal()).toEqual(secp256k1.getPrincipal());
  });

  it('has a principal that does not depend on how the point is written', async () => {
    // A key file whose public point is compressed gives the same identity: header, key, curve, point.
    const key = keys.secp256k1;
    const y = Buffer.from(key.export({ format: 'jwk' }).y ?? '', 'base64url');
    const point = Buffer.concat([Buffer.of((y.at(-1) ?? 0) % 2 ? 3 : 2), publicSeedOf(key)]);
    const content = Buffer.concat([
      Buffer.from('0201010420', 'hex'),
      seedOf(key),
      Buffer.from('a00706052b8104000a', 'hex'),
      Buffer.from('a124032200', 'hex'),
      point,
    ]);
    const compressed = pem('EC PRIVATE KEY', Buffer.concat([Buffer.of(0x30, content.length), content]));
    const [one, other] = [await asSignIdentity(compressed), await asSignIdentity(sec1(key))];
    expect(one.getPrincipal()).toEqual(other.getPrincipal());
  });

  it('signs with secp256k1 in the canonical form, the lower s', async () => {
    const identity = await asSignIdentity(pkcs8(keys.secp256k1));
    for (let count = 0; count < 50; count += 1) {
      const message = Buffer.from(`message ${count}`);
      const signature = Buffer.from(await identity.sign(message));
      expect(signature).toHaveLength(64);
      expect(BigInt(`0x${signature.subarray(32).toString('hex')}`)).toBeLessThanOrEqual(
        ORDERS.secp256k1 / 2n,
      );
      const key = { key: createPublicKey(keys.secp256k1), dsaEncoding: 'ieee-p1363' as const };
      expect(verify('sha256', message, key, signature)).toBe(true);
    }
  });

  it('never shows its key', async () => {
    for (const [, kind, text] of forms) {
      const identity = await asSignIdentity(text);
      const secret = seedOf(keys[kind]);
      const shown = [
        inspect(identity, { depth: 10, showHidden: true }),
        JSON.stringify(identity),
        Object.getOwnPropertyNames(identity).join(),
        JSON.stringify(Object.values(identity)),
      ].join('\n');
      expect(shown).toContain(identity.getPrincipal().toText());
      for (const encoding of ['hex', 'base64', 'base64url', 'latin1'] as const) {
        expect(shown).not.toContain(secret.toString(encoding));
      }
      expect(shown).not.toContain(Array.from(secret.subarray(0, 6)).join(', '));
    }
  });
});

describe('an identity that cannot be used', () => {
  const encryptedSec1 = keys.secp256k1
    .export({ type: 'sec1', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' })
    .toString();
  const rsa = pkcs8(generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey);
  const p384 = pkcs8(generateKeyPairSync('ec', { namedCurve: 'secp384r1' }).privateKey);
  const damaged = pkcs8(keys.ed25519).replace(/^MC4C/m, 'MC4D');

  it.each([
    ['nothing', '', 'no private key in PEM'],
    [
      'a public key',
      createPublicKey(keys.ed25519).export({ type: 'spki', format: 'pem' }).toString(),
      'no private key',
    ],
    ['an encrypted key in SEC1', encryptedSec1, 'openssl pkcs8 -topk8'],
    ['what is not base64', pkcs8(keys.ed25519).replace(/^MC4C/m, 'MC*C'), 'not base64'],
    ['RSA', rsa, 'rsa'],
    ['another curve', p384, 'secp384r1'],
    ['a damaged key', damaged, 'malformed'],
    [
      'a key cut short',
      version2(keys.ed25519, 'implicit').replace(/\n.*\n-----END/, '\n-----END'),
      'malformed',
    ],
  ])('is refused: %s', async (_what, text, reason) => {
    try {
      await openKey(Buffer.from(text), { identity: 'alice.pem' });
      expect.unreachable();
    } catch (error) {
      if (!(error instanceof SandpoolError)) throw error;
      expect(error.code).toBe('IDENTITY_INVALID');
      expect(error.message).toContain('alice.pem');
      expect(error.message).toContain(reason);
      const body = text.split('\n').find((line) => /^[A-Za-z0-9+/=]{20,}$/.test(line)) ?? 'MC4CAQAwBQ';
      expect(inspect(error, { depth: 10 })).not.toContain(body.slice(0, 20));
    }
  });

  it('is refused: a file that is not there, or no file', async () => {
    const missing = loadIdentity({ pemFile: join(folder, 'missing.pem') });
    await expect(missing).rejects.toMatchObject({ code: 'IDENTITY_INVALID' });
    await expect(missing).rejects.toThrow('there is no such file');
    await expect(loadIdentity({ pemFile: folder })).rejects.toThrow('EISDIR');
  });
});

it('signs nothing as nobody', async () => {
  const identity = await loadIdentity('anonymous');
  expect(identity.getPrincipal().toText()).toBe('2vxsx-fae');
});
