// Every kind of identity that icp-cli itself keeps in files, made by it: the same principal, and a network that
// accepts what it signs.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Principal } from '@icp-sdk/core/principal';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chooseIdentity, loadIdentity } from '#src/main/identity/index.js';
import { type Localnet, startLocalnet } from '#src/main/localnet/index.js';
import { icpCliRunsHere } from '../../../scripts/icp-cli.mjs';
import { idOf } from '../canister/support.js';
import { IcpCliStore, PASSWORD } from './support/icp-cli-store.js';
import { chainOf, delegate, makeKey, webAuth } from './support/store.js';
import { whoami } from './support/whoami.js';

const KINDS = ['ed25519', 'secp256k1', 'P-256'] as const;
const MINUTE_MS = 60_000;

describe.runIf(icpCliRunsHere)('an identity of icp-cli', { timeout: 2 * MINUTE_MS }, () => {
  let network: Localnet;
  let store: IcpCliStore;
  beforeAll(async () => {
    network = await startLocalnet();
    store = new IcpCliStore();
  }, 2 * MINUTE_MS);
  afterAll(async () => {
    store.remove();
    await network.close();
  });

  const load = (name: string, password: string | undefined = store.passwordFile) =>
    loadIdentity({
      name,
      folder: store.folder,
      ...(password === undefined ? {} : { password: { passwordFile: password } }),
    });
  const json = (path: string) => JSON.parse(readFileSync(join(store.folder, path), 'utf8'));

  test('made by it, in a plain file', async () => {
    await store.icp(['identity', 'new', 'plain', '--storage', 'plaintext']);
    expect(await whoami(network, await load('plain'))).toEqual([await store.principal('plain')]);
  });

  test.each(KINDS)('with a %s key, in a plain file', async (kind) => {
    const key = makeKey(kind);
    await store.import(`plain-${kind}`, key.pem, '--storage', 'plaintext');
    expect(await store.principal(`plain-${kind}`)).toBe(key.principal);
    expect(await whoami(network, await load(`plain-${kind}`))).toEqual([key.principal]);
  });

  test.each(KINDS)('with a %s key that a password protects', async (kind) => {
    const key = makeKey(kind);
    const options = ['--storage', 'password', '--storage-password-file', store.passwordFile];
    await store.import(`locked-${kind}`, key.pem, ...options);
    expect(await store.principal(`locked-${kind}`)).toBe(key.principal);
    expect(await whoami(network, await load(`locked-${kind}`))).toEqual([key.principal]);
  });

  test('with a password that is asked for, three times at most', async () => {
    const options = ['--storage', 'password', '--storage-password-file', store.passwordFile];
    await store.icp(['identity', 'new', 'asked', ...options]);
    const asked: { attempt: number; identity: string }[] = [];
    const given: Buffer[] = [];
    const answering = (...answers: string[]) => ({
      askPassword: async (request: { attempt: number; identity: string }) => {
        asked.push(request);
        const answer = Buffer.from(answers[request.attempt - 1] ?? 'none');
        given.push(answer);
        return answer;
      },
    });
    const { folder } = store;
    const password = answering('wrong', PASSWORD);
    const identity = await loadIdentity({ name: 'asked', folder, password });
    expect(identity.getPrincipal().toText()).toBe(await store.principal('asked'));
    expect(asked).toEqual([
      { identity: 'asked', attempt: 1 },
      { identity: 'asked', attempt: 2 },
    ]);
    asked.length = 0;
    const wrong = loadIdentity({ name: 'asked', folder, password: answering('a', 'b', 'c', PASSWORD) });
    await expect(wrong).rejects.toMatchObject({
      code: 'IDENTITY_UNUSABLE',
      message: 'the identity asked cannot be used: the password is wrong, 3 times over',
      hint: expect.stringContaining('--identity-password-file'),
    });
    expect(asked).toHaveLength(3);
    expect(Buffer.concat(given).every((byte) => byte === 0)).toBe(true);
    const wrongFile = store.write('wrong', 'not it');
    await expect(load('asked', wrongFile)).rejects.toMatchObject({
      code: 'IDENTITY_UNUSABLE',
      message: `the identity asked cannot be used: the password in ${wrongFile} is wrong`,
    });
    await expect(loadIdentity({ name: 'asked', folder })).rejects.toMatchObject({
      code: 'IDENTITY_UNUSABLE',
    });
    await expect(load('asked', join(folder, 'nowhere'))).rejects.toThrow('there is no such file');
  });

  test.each([
    ['a plain file', 'plaintext', undefined],
    ['a file with a password', 'password', undefined],
    ['a plain file, for one canister', 'plaintext', 'test'],
  ])('that was delegated to a session key in %s', async (_, storage, target) => {
    const [root, session] = [`root-${storage}-${target}`, `session-${storage}-${target}`];
    await store.icp(['identity', 'new', root, '--storage', 'plaintext']);
    const words = ['identity', 'delegation', 'request', session, '--storage', storage];
    if (storage === 'password') words.push('--storage-password-file', store.passwordFile);
    const publicKey = store.write('session.pub', `${await store.icp(words)}\n`);
    await expect(load(session)).rejects.toMatchObject({
      code: 'IDENTITY_UNUSABLE',
      message: expect.stringContaining('nobody has delegated to it yet'),
      hint: expect.stringContaining(`icp identity delegation use ${session}`),
    });
    const terms = target === undefined ? [] : ['--canisters', idOf(network, target)];
    const sign = ['identity', 'delegation', 'sign', '--key-pem', publicKey, '--duration', '1h'];
    const chain = await store.icp([...sign, '--identity', root, ...terms]);
    await store.icp([
      'identity',
      'delegation',
      'use',
      session,
      '--from-json',
      store.write('chain.json', chain),
    ]);

    const principal = await store.principal(root);
    expect(await store.principal(session)).toBe(principal);
    expect(await whoami(network, await load(session))).toEqual([principal]);
  });

  test('that was delegated on, through two others', async () => {
    await store.icp(['identity', 'new', 'first', '--storage', 'plaintext']);
    let signer = 'first';
    for (const next of ['second', 'third']) {
      const request = ['identity', 'delegation', 'request', next, '--storage', 'plaintext'];
      const publicKey = store.write('session.pub', `${await store.icp(request)}\n`);
      const sign = ['identity', 'delegation', 'sign', '--key-pem', publicKey, '--duration', '1h'];
      const chain = store.write('chain.json', await store.icp([...sign, '--identity', signer]));
      await store.icp(['identity', 'delegation', 'use', next, '--from-json', chain]);
      signer = next;
    }
    expect(json('delegations/third.json').delegations).toHaveLength(2);
    expect(await whoami(network, await load('third'))).toEqual([await store.principal('first')]);
  });

  test('that was imported with its chain, which icp-cli verifies as well', async () => {
    for (const [rootKind, kind] of [
      ['ed25519', 'secp256k1'],
      ['P-256', 'ed25519'],
    ] as const) {
      const [root, session] = [makeKey(rootKind), makeKey(kind)];
      const targets = [Principal.fromText(idOf(network, 'test'))];
      const chain = chainOf(root, delegate(root, session, { targets }));
      const file = store.write('chain.json', JSON.stringify(chain));
      const name = `imported-${kind}`;
      await store.import(name, session.pem, '--storage', 'plaintext', '--delegation', file);
      expect(await store.principal(name)).toBe(root.principal);
      expect(await whoami(network, await load(name))).toEqual([root.principal]);
    }
  });

  test('that was linked in a browser', async () => {
    // The entry is as `icp identity link web` writes it, and icp-cli itself signs with it.
    const [root, session] = [makeKey('ed25519'), makeKey('P-256')];
    const file = store.write('chain.json', JSON.stringify(chainOf(root, delegate(root, session))));
    await store.import('linked', session.pem, '--storage', 'plaintext', '--delegation', file);
    const list = json('identity_list.json');
    list.identities.linked = webAuth(root.principal, 'prime256v1');
    store.write('identity/identity_list.json', JSON.stringify(list));
    expect(await store.principal('linked')).toBe(root.principal);
    expect(await whoami(network, await load('linked'))).toEqual([root.principal]);
  });

  test('that is its default', async () => {
    const { folder } = store;
    expect((await chooseIdentity(undefined, { folder })).getPrincipal().toText()).toBe('2vxsx-fae');
    await store.icp(['identity', 'new', 'chosen', '--storage', 'plaintext']);
    await store.icp(['identity', 'default', 'chosen']);
    const principal = await store.icp(['identity', 'principal']);
    expect((await chooseIdentity(undefined, { folder })).getPrincipal().toText()).toBe(principal);
    expect((await chooseIdentity('anonymous', { folder })).getPrincipal().toText()).toBe('2vxsx-fae');
    await store.icp(['identity', 'rename', 'chosen', 'renamed']);
    expect((await chooseIdentity(undefined, { folder })).getPrincipal().toText()).toBe(principal);
    await store.icp(['identity', 'default', 'anonymous']);
    expect((await chooseIdentity(undefined, { folder })).getPrincipal().toText()).toBe('2vxsx-fae');
  });

  test('whose name leads out of the folder, which icp-cli lets it', async () => {
    await store.icp(['identity', 'new', '../../outside', '--storage', 'plaintext']);
    await expect(chooseIdentity('../../outside', { folder: store.folder })).rejects.toMatchObject({
      code: 'IDENTITY_INVALID',
      message: expect.stringContaining('its name would lead out of the folder of its key'),
    });
  });
});
