import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { SandpoolError } from '#src/bridge/errors.js';
import { openIdentities, readConfiguration } from '#src/main/server/config/index.js';
import { makeKey } from '../../identity/support/store.js';
import { folderWith } from './support.js';

function encrypted(pem: string, passphrase: string): string {
  return createPrivateKey(pem)
    .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase })
    .toString();
}

async function opened(text: string, files: Readonly<Record<string, string>> = {}) {
  const folder = folderWith({ 'c.yaml': `data: d\nidentities:\n${text}`, ...files });
  return openIdentities(readConfiguration(join(folder, 'c.yaml'), {}));
}

async function failureOf(work: Promise<unknown>): Promise<SandpoolError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof SandpoolError) return error;
  throw new Error('it did not fail as it should', { cause: error });
}

test('each kind of identity is opened, with its principal', async () => {
  const [plain, locked, kept] = [makeKey('ed25519'), makeKey('ed25519'), makeKey('secp256k1')];
  const icpHome = folderWith({
    'identity/identity_list.json': JSON.stringify({
      v: 1,
      identities: {
        kept: {
          kind: 'pem',
          format: 'plaintext',
          algorithm: 'secp256k1',
          principal: kept.principal,
        },
      },
    }),
    'identity/keys/kept.pem': kept.pem,
  });
  vi.stubEnv('ICP_HOME', icpHome);
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  const identities = await opened(
    `  plain: {pem: plain.pem}
  locked: {pem: locked.pem, passwordFile: secret/password}
  kept: {icpCli: kept}
  nobody: {anonymous: true}`,
    {
      'plain.pem': plain.pem,
      'locked.pem': encrypted(locked.pem, 'open sesame'),
      'secret/password': 'open sesame\n',
    },
  );
  expect([...identities].map(([name, { principal }]) => [name, principal])).toEqual([
    ['plain', plain.principal],
    ['locked', locked.principal],
    ['kept', kept.principal],
    ['nobody', '2vxsx-fae'],
  ]);
  expect(identities.get('plain')?.identity.getPrincipal().toText()).toBe(plain.principal);
});

test.each([
  ['  a: {pem: missing.pem}', 3, 'there is no such file', 'IDENTITY_INVALID'],
  ['  n: {anonymous: true}\n  a: {pem: text.pem}', 4, 'no private key in PEM', 'IDENTITY_INVALID'],
  ['  a: {pem: locked.pem}', 3, 'goes into `passwordFile`', 'IDENTITY_UNUSABLE'],
  ['  a: {pem: locked.pem, passwordFile: wrong}', 3, 'is wrong', 'IDENTITY_UNUSABLE'],
  ['  a: {pem: locked.pem, passwordFile: missing}', 3, 'there is no such file', 'IDENTITY_INVALID'],
  ['  a: {icpCli: nobody-has-this-name}', 3, 'nobody-has-this-name', 'IDENTITY_NOT_FOUND'],
])('%j fails by name and place', async (text, line, reason, code) => {
  const { privateKey } = generateKeyPairSync('ed25519');
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  vi.stubEnv('ICP_HOME', folderWith({}));
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  const files = { 'text.pem': 'no key', 'locked.pem': encrypted(pem, 'right'), wrong: 'hunter2' };
  const error = await failureOf(opened(text, files));
  expect(error).toMatchObject({ code: 'CONFIG_INVALID', details: { line }, cause: { code } });
  expect(error.message).toContain('the identity `a` cannot be opened: ');
  expect(error.message).toContain(reason);
  expect(error.message).not.toContain('hunter2');
});
