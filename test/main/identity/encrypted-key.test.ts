// Keys that a password protects, in the forms that OpenSSL writes beside icp-cli's own.

import { createPrivateKey, type KeyObject } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { readEncryptedKey } from '#src/main/identity/encrypted-key.js';
import { loadIdentity } from '#src/main/identity/index.js';
import { openKey } from '#src/main/identity/open-key.js';
import { findPemKey } from '#src/main/identity/pem.js';
import { KeyProblem } from '#src/main/identity/private-key.js';
import { readSecretFile } from '#src/main/identity/secret.js';
import { makeKey } from './support/store.js';

const folder = mkdtempSync(join(tmpdir(), 'encrypted-key-'));
afterAll(() => rmSync(folder, { recursive: true }));

const key = makeKey('P-256');
const encrypted = (cipher: string, passphrase: string, source: KeyObject = key.privateKey) =>
  source.export({ type: 'pkcs8', format: 'pem', cipher, passphrase }).toString();
const derOf = (pem: string) => Buffer.from(pem.replace(/-----.*-----|\s/g, ''), 'base64');
const file = (name: string, content: string | Uint8Array) => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

describe('a key with a password', () => {
  test.each(['aes-128-cbc', 'aes-192-cbc', 'aes-256-cbc'])('in %s is opened', async (cipher) => {
    const pemFile = file('key.pem', encrypted(cipher, 'pass wörd'));
    const passwordFile = file('password', ' \r\npass wörd\t\n');
    const identity = await loadIdentity({ pemFile, password: { passwordFile } });
    expect(identity.getPrincipal().toText()).toBe(key.principal);
    const wrong = file('wrong', 'pass word');
    await expect(loadIdentity({ pemFile, password: { passwordFile: wrong } })).rejects.toMatchObject({
      code: 'IDENTITY_UNUSABLE',
      message: `the identity ${pemFile} cannot be used: the password in ${wrong} is wrong`,
    });
    await expect(loadIdentity({ pemFile })).rejects.toMatchObject({
      code: 'IDENTITY_UNUSABLE',
      message: `the identity ${pemFile} cannot be used: its key is encrypted with a password`,
    });
  });

  test('is opened by no other, however many are tried', async () => {
    // Of these, one in 256 leaves padding that looks right.
    const locked = readEncryptedKey(derOf(encrypted('aes-256-cbc', 'right')));
    for (let attempt = 0; attempt < 2_000; attempt += 1) {
      expect(await locked.decrypt(Buffer.from(`wrong ${attempt}`))).toBeUndefined();
    }
    using opened = await locked.decrypt(Buffer.from('right'));
    const found = createPrivateKey({ key: opened?.bytes ?? Buffer.alloc(0), format: 'der', type: 'pkcs8' });
    expect(found.equals(key.privateKey)).toBe(true);
  });

  test('in a cipher that is not known says so', async () => {
    const pem = Buffer.from(encrypted('des-ede3-cbc', 'x'));
    await expect(openKey(pem, { identity: 'me' })).rejects.toThrow(
      'encrypted with a cipher other than AES-CBC',
    );
  });

  test('that asks for too much of this machine is refused', async () => {
    // icp-cli's own parameters, with N = 2^30.
    const scrypt = '301d0410000102030405060708090a0b0c0d0e0f02044000000002010802010100'.slice(0, -2);
    const parameters = Buffer.from(scrypt, 'hex');
    const sequence = (...parts: Buffer[]) => {
      const content = Buffer.concat(parts);
      return Buffer.concat([Buffer.of(0x30, content.length), content]);
    };
    parameters[1] = parameters.length - 2;
    const kdf = sequence(Buffer.from('06092b06010401da47040b', 'hex'), parameters);
    const cipher = sequence(
      Buffer.from('060960864801650304012a', 'hex'),
      Buffer.from(`0410${'00'.repeat(16)}`, 'hex'),
    );
    const scheme = sequence(Buffer.from('06092a864886f70d01050d', 'hex'), sequence(kdf, cipher));
    const der = sequence(scheme, Buffer.from(`0410${'00'.repeat(16)}`, 'hex'));
    expect(() => readEncryptedKey(der)).toThrow('scrypt with N=1073741824, r=8, p=1, more than is allowed');
  });

  test('that is damaged anywhere is malformed, wrong, or refused, and nothing worse', async () => {
    const whole = derOf(encrypted('aes-256-cbc', 'right'));
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
        const der = Buffer.from(whole);
        der[at] = (der[at] ?? 0) ^ flip;
        try {
          const locked = readEncryptedKey(der);
          // Before that is the count of iterations: a large one would only take long.
          if (at > 60) using(await locked.decrypt(Buffer.from('right')));
        } catch (error) {
          expect(error).toBeInstanceOf(KeyProblem);
        }
        expect(() => readEncryptedKey(whole.subarray(0, at))).toThrow(KeyProblem);
      }),
      { numRuns: 300 },
    );
  });
});

function using(secret: Disposable | undefined): void {
  secret?.[Symbol.dispose]();
}

describe('secrets', () => {
  test('are overwritten once they have been used', async () => {
    const pem = Buffer.from(`-----BEGIN X-----\nAA==\n-----END X-----\n${key.pem}`);
    const found = findPemKey(pem);
    const der = found?.der ?? expect.unreachable();
    expect(der).toEqual(derOf(key.pem));
    found?.[Symbol.dispose]();
    expect(der.every((byte) => byte === 0)).toBe(true);

    const read = await readSecretFile(file('secret', 'a secret'));
    expect(read.bytes.toString()).toBe('a secret');
    read[Symbol.dispose]();
    expect(read.bytes.every((byte) => byte === 0)).toBe(true);

    const opened = await readEncryptedKey(derOf(encrypted('aes-256-cbc', 'x'))).decrypt(Buffer.from('x'));
    opened?.[Symbol.dispose]();
    expect(opened?.bytes.length).toBeGreaterThan(100);
    expect(opened?.bytes.every((byte) => byte === 0)).toBe(true);
  });

  test('in base64 come out as they went in', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), fc.nat(70), (bytes, width) => {
        const base64 = Buffer.from(bytes).toString('base64');
        const lines = base64.replace(new RegExp(`.{${width + 1}}`, 'g'), '$&\r\n');
        const pem = Buffer.from(`-----BEGIN EC PRIVATE KEY-----\n${lines}\n-----END EC PRIVATE KEY-----`);
        using found = findPemKey(pem);
        expect([found?.label, found?.der?.equals(bytes)]).toEqual(['EC PRIVATE KEY', true]);
      }),
    );
  });

  test.each(['', 'A', 'AAAAA', 'A=AA', 'AA-_', 'AAA\u00a0'])('that are not base64 are none: %j', (text) => {
    using found = findPemKey(Buffer.from(`-----BEGIN PRIVATE KEY-----\n${text}\n-----END PRIVATE KEY-----`));
    expect(found).toBeDefined();
    expect(found?.der).toBeUndefined();
  });

  test('may come through a pipe', async () => {
    if (process.platform === 'win32') return;
    const { execFile, execFileSync } = await import('node:child_process');
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    execFile('sh', ['-c', `{ printf pass; printf 'word\\n'; } > "$0"`, pipe]);
    const pemFile = file('key.pem', encrypted('aes-256-cbc', 'password'));
    const identity = await loadIdentity({ pemFile, password: { passwordFile: pipe } });
    expect(identity.getPrincipal().toText()).toBe(key.principal);
  });
});
