// icp-cli's files as they should not be: every complaint says what is wrong, and where.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SandpoolError } from '#src/bridge/errors.js';
import { chooseIdentity, loadIdentity } from '#src/main/identity/index.js';
import { HandmadeStore, makeKey, webAuth } from './support/store.js';

let store: HandmadeStore;
beforeEach(() => {
  store = new HandmadeStore();
});
afterEach(() => store.remove());

const key = makeKey('ed25519');
const pemEntry = { kind: 'pem', format: 'plaintext', algorithm: 'ed25519', principal: key.principal };

async function failure(choice: Promise<unknown>): Promise<SandpoolError> {
  const error = await choice.then(
    () => expect.unreachable('it succeeded'),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof SandpoolError)) throw error;
  return error;
}

describe('a file that is malformed', () => {
  test.each([
    ['is no JSON', '{\n  "v": 1,\n  "identities": {,}\n}', /:3:\d+: this is not valid JSON$/],
    ['is cut short', '{\n  "v": 1,\n  "identities": {', /:3:\d+: this is not valid JSON$/],
    ['is YAML', 'v: 1\nidentities: {}\n', /:1:1: this is not valid JSON$/],
    ['is empty', '', /:1:1: this is not valid JSON$/],
    ['is a list', '[]', /:1:1: the file must be a map, but is a list$/],
    ['has no version', '{"identities": {}}', /:1:1: `v` is missing$/],
    [
      'is of another version',
      '{"v": 2, "identities": {}}',
      /:1:7: the file is of version `2`, .*reads version 1$/,
    ],
    ['has no list', '{"v": 1}', /:1:1: `identities` is missing$/],
    [
      'has a list of names',
      '{"v": 1, "identities": ["a"]}',
      /:1:24: `identities` must be a map, but is a list$/,
    ],
    [
      'names one twice',
      '{"v": 1, "identities": {\n"a": {},\n"a": {}}}',
      /:3:1: this key occurs twice in one map$/,
    ],
    ['has an identity without a kind', '{"v": 1, "identities": {\n"a": {}}}', /:2:6: `kind` is missing$/],
    [
      'has a principal that is none',
      '{"v": 1, "identities": {"a": {"kind": "keyring", "principal": 3}}}',
      /:1:63: `principal` must be text/,
    ],
    [
      'has a format that is not known',
      '{"v": 1, "identities": {"a": {"kind": "pem", "format": "pbes"}}}',
      /:1:56: `format` must be one of .*did you mean `pbes2`/,
    ],
    [
      'has a kind that is not known',
      '{"v": 1, "identities": {"a": {"kind": "passkey"}}}',
      /:1:39: the identity `a` is of the kind `passkey`, which sandpool does not know; it knows .*`keyring`/,
    ],
    [
      'keeps a session key in an unknown place',
      '{"v": 1, "identities": {"a": {"kind": "delegation", "storage": {"kind": "cloud"}}}}',
      /:1:73: `kind` must be one of `keyring`, `pem`, but is `cloud`/,
    ],
  ])('%s', async (_, text, says) => {
    const file = store.write('identity_list.json', text);
    const error = await failure(chooseIdentity('a', { folder: store.folder }));
    expect(error.code).toBe('MANIFEST_INVALID');
    expect(error.message).toMatch(says);
    expect(error.message.startsWith(`${file}:`)).toBe(true);
  });

  test.each([
    ['is no JSON', '{"v": 1,', 'this is not valid JSON'],
    ['is of another version', '{"v": 2, "default": "a"}', 'version `2`'],
    ['names no default', '{"v": 1}', '`default` is missing'],
  ])('%s, and says what the default is', async (_, text, says) => {
    store.write('identity_defaults.json', text);
    const error = await failure(chooseIdentity(undefined, { folder: store.folder }));
    expect(error.code).toBe('MANIFEST_INVALID');
    expect(error.message).toContain(join(store.folder, 'identity_defaults.json:1:'));
    expect(error.message).toContain(says);
    // Who says whose identity it is needs no default.
    const anonymous = await chooseIdentity('anonymous', { folder: store.folder });
    expect(anonymous.getPrincipal().toText()).toBe('2vxsx-fae');
  });

  test('cannot be read', async () => {
    store.write('identity_defaults.json/x', '');
    const error = await failure(chooseIdentity(undefined, { folder: store.folder }));
    expect([error.code, error.details['reason']]).toEqual(['MANIFEST_UNREADABLE', 'EISDIR']);
  });

  test('may be laid out in any way that JSON is', async () => {
    const entry = JSON.stringify(pemEntry).replaceAll(',', '\t,\r\n\t\t');
    store.write(
      'identity_list.json',
      `\n\t{"v":1\t,\n\t"identities":\t{"\\u0061\\ud83c\\udf4e"\n:${entry}}}\r\n`,
    );
    store.write('keys/a🍎.pem', key.pem);
    const identity = await chooseIdentity('a🍎', { folder: store.folder });
    expect(identity.getPrincipal().toText()).toBe(key.principal);
  });

  test('is of no interest to who names a file', async () => {
    store.write('identity_list.json', '{');
    const pemFile = store.write('me.pem', key.pem);
    const identity = await chooseIdentity(pemFile, { folder: store.folder });
    expect(identity.getPrincipal().toText()).toBe(key.principal);
    expect((await failure(chooseIdentity(`${pemFile}x`, { folder: store.folder }))).code).toBe(
      'MANIFEST_INVALID',
    );
  });
});

describe('a name', () => {
  test('that icp-cli does not know gets the nearest one, and all there are', async () => {
    const entries = { staging: pemEntry, alice: pemEntry, anonymous: { kind: 'anonymous' } };
    store.list(entries);
    const error = await failure(chooseIdentity('stagin\u001b', { folder: store.folder }));
    expect(error.code).toBe('IDENTITY_NOT_FOUND');
    expect(error.message).toBe(
      `icp-cli keeps no identity named \`stagin\\u{1b}\` in ${store.folder} (did you mean \`staging\`?)`,
    );
    expect(error.hint).toBe('it has: anonymous, alice, staging; a PEM file is given by its path');
  });

  test('that icp-cli knows wins over a file', async () => {
    const other = makeKey('P-256');
    store.list({ 'me.pem': pemEntry });
    store.write('keys/me.pem.pem', key.pem);
    store.write('me.pem', other.pem);
    const before = process.cwd();
    process.chdir(store.folder);
    try {
      const { folder } = store;
      const principal = async (text: string) =>
        (await chooseIdentity(text, { folder })).getPrincipal().toText();
      expect(await principal('me.pem')).toBe(key.principal);
      expect(await principal('./me.pem')).toBe(other.principal);
      store.write('you.pem', other.pem);
      expect(await principal('you.pem')).toBe(other.principal);
      expect((await failure(principal('keys'))).code).toBe('IDENTITY_NOT_FOUND');
    } finally {
      process.chdir(before);
    }
  });

  test.each(['../outside', 'a/b', '/absolute'])(
    'that would lead out of the folder is refused: %s',
    async (name) => {
      const entry = { ...webAuth(key.principal), kind: 'delegation' };
      for (const identity of [pemEntry, entry]) {
        store.list({ [name]: identity });
        store.write('outside.pem', key.pem);
        store.write('keys/a/b.pem', key.pem);
        const error = await failure(chooseIdentity(name, { folder: store.folder }));
        expect(error.code).toBe('IDENTITY_INVALID');
        expect(error.message).toContain('its name would lead out of the folder of its key');
      }
    },
  );

  test.each(['__proto__', 'constructor', 'toString'])(
    'that objects have is one like others: %s',
    async (name) => {
      store.list({});
      expect((await failure(chooseIdentity(name, { folder: store.folder }))).code).toBe('IDENTITY_NOT_FOUND');
      store.write('identity_list.json', `{"v": 1, "identities": {"${name}": ${JSON.stringify(pemEntry)}}}`);
      store.write(`keys/${name}.pem`, key.pem);
      const identity = await chooseIdentity(name, { folder: store.folder });
      expect(identity.getPrincipal().toText()).toBe(key.principal);
    },
  );

  test('need not be short', async () => {
    const error = await failure(chooseIdentity('x'.repeat(10_000), { folder: store.folder }));
    expect(error.code).toBe('IDENTITY_NOT_FOUND');
  });
});

describe('an identity', () => {
  test('is nobody where nothing was ever stored', async () => {
    const folder = join(store.folder, 'nowhere');
    for (const text of [undefined, 'anonymous']) {
      expect((await chooseIdentity(text, { folder })).getPrincipal().toText()).toBe('2vxsx-fae');
    }
    expect((await failure(chooseIdentity('alice', { folder }))).code).toBe('IDENTITY_NOT_FOUND');
  });

  test('of a hardware module says what to do instead', async () => {
    store.list({ yubi: { kind: 'hsm', principal: key.principal, module: '/x.so', slot: 0, 'key-id': '01' } });
    const error = await failure(chooseIdentity('yubi', { folder: store.folder }));
    expect(error.code).toBe('IDENTITY_UNUSABLE');
    expect(error.message).toContain('its key is in a hardware security module, which sandpool cannot use');
    expect(error.hint).toContain('icp identity delegation request');
  });

  test('without its key file says which is missing', async () => {
    store.list({ alice: pemEntry });
    const error = await failure(chooseIdentity('alice', { folder: store.folder }));
    expect(error.code).toBe('IDENTITY_INVALID');
    expect(error.message).toContain(`there is no such file: ${join(store.folder, 'keys', 'alice.pem')}`);
  });

  test('whose key was changed underneath is not used', async () => {
    const other = makeKey('ed25519');
    store.list({ alice: pemEntry });
    store.write('keys/alice.pem', other.pem);
    const error = await failure(chooseIdentity('alice', { folder: store.folder }));
    expect(error.message).toBe(
      `the identity alice cannot be used: its key is that of ${other.principal}, but icp-cli's list of identities says ${key.principal}`,
    );
  });

  test('whose key is damaged says where, and nothing of the key', async () => {
    store.list({ alice: pemEntry });
    const file = store.write('keys/alice.pem', key.pem.replace('MC4C', 'MC4D'));
    const error = await failure(chooseIdentity('alice', { folder: store.folder }));
    expect(error.message).toContain(`malformed, or of a kind that is not known (${file})`);
    const secret = key.pem.split('\n')[1] ?? '';
    expect(inspect(error, { depth: 10 })).not.toContain(secret.slice(8, 40));
  });

  test('needs no more of a later version than it knows', async () => {
    store.write('identity_list.json', {
      v: 1,
      colour: 'blue',
      identities: { alice: { ...pemEntry, note: [1] }, new: { kind: 'brand-new' } },
    });
    store.write('keys/alice.pem', key.pem);
    const identity = await loadIdentity({ name: 'alice', folder: store.folder });
    expect(identity.getPrincipal().toText()).toBe(key.principal);
  });

  test('may be larger than a key, but not without end', async () => {
    store.list({ alice: pemEntry });
    writeFileSync(store.write('keys/alice.pem', ''), `${'\n'.repeat(60_000)}${key.pem}`);
    const identity = await loadIdentity({ name: 'alice', folder: store.folder });
    expect(identity.getPrincipal().toText()).toBe(key.principal);
    store.write('keys/alice.pem', `${'\n'.repeat(70_000)}${key.pem}`);
    expect((await failure(chooseIdentity('alice', { folder: store.folder }))).message).toContain(
      'is larger than 65536 bytes',
    );
    if (process.platform !== 'win32') {
      expect((await failure(chooseIdentity('/dev/zero', { folder: store.folder }))).message).toContain(
        'larger',
      );
    }
  });
});
