// Identities in the keyring of the system, put there by icp-cli: a real Secret Service, on a bus of its own.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadIdentity } from '#src/main/identity/index.js';
import { type Localnet, startLocalnet } from '#src/main/localnet/index.js';
import { icpCliRunsHere } from '../../../scripts/icp-cli.mjs';
import { IcpCliStore } from './support/icp-cli-store.js';
import { type SecretService, secretServiceRunsHere, startSecretService } from './support/secret-service.js';
import { makeKey } from './support/store.js';
import { whoami } from './support/whoami.js';

const MINUTE_MS = 60_000;

describe.runIf(icpCliRunsHere && secretServiceRunsHere)(
  'a key in the keyring',
  { timeout: MINUTE_MS },
  () => {
    let network: Localnet;
    let service: SecretService;
    let store: IcpCliStore;
    const bus = process.env['DBUS_SESSION_BUS_ADDRESS'];
    beforeAll(async () => {
      network = await startLocalnet();
      store = new IcpCliStore();
      service = await startSecretService();
      // The module for keyrings looks at the environment of the process.
      process.env['DBUS_SESSION_BUS_ADDRESS'] = service.variables['DBUS_SESSION_BUS_ADDRESS'];
    }, 2 * MINUTE_MS);
    afterAll(async () => {
      if (bus === undefined) delete process.env['DBUS_SESSION_BUS_ADDRESS'];
      else process.env['DBUS_SESSION_BUS_ADDRESS'] = bus;
      await service.stop();
      store.remove();
      await network.close();
    });

    const icp = (...words: string[]) => store.icp(words, service.variables);
    const principal = (name: string) => store.principal(name, service.variables);
    const load = (name: string) => loadIdentity({ name, folder: store.folder });

    test('of icp-cli’s default storage signs', async () => {
      await icp('identity', 'new', 'ring');
      expect(await whoami(network, await load('ring'))).toEqual([await principal('ring')]);
    });

    test('of each kind signs, whatever the name', async () => {
      for (const kind of ['ed25519', 'P-256'] as const) {
        const key = makeKey(kind);
        const file = store.write('key.pem', key.pem);
        await icp('identity', 'import', `team/${kind} ü`, '--from-pem', file);
        expect(await whoami(network, await load(`team/${kind} ü`))).toEqual([key.principal]);
      }
    });

    test('of a session signs for who delegated to it', async () => {
      await icp('identity', 'new', 'root', '--storage', 'plaintext');
      const publicKey = store.write('pub', `${await icp('identity', 'delegation', 'request', 'session')}\n`);
      const sign = ['identity', 'delegation', 'sign', '--key-pem', publicKey, '--duration', '1h'];
      const chain = store.write('chain.json', await icp(...sign, '--identity', 'root'));
      await icp('identity', 'delegation', 'use', 'session', '--from-json', chain);
      expect(await whoami(network, await load('session'))).toEqual([await principal('root')]);
    });

    test('of the session that icp-cli opened with a password is used until it ends', async () => {
      const { passwordFile, folder } = store;
      await icp(
        'identity',
        'new',
        'locked',
        '--storage',
        'password',
        '--storage-password-file',
        passwordFile,
      );
      await expect(load('locked')).rejects.toMatchObject({ code: 'IDENTITY_UNUSABLE' });
      const expected = await principal('locked');
      expect(existsSync(join(folder, 'delegations/locked.json'))).toBe(true);
      // No password this time.
      expect(await whoami(network, await load('locked'))).toEqual([expected]);
      store.write('identity/delegations/locked.json', '{"publicKey": "damaged');
      await expect(load('locked')).rejects.toMatchObject({ code: 'IDENTITY_UNUSABLE' });
    });

    test('that is not there is said to be missing', async () => {
      await icp('identity', 'new', 'gone');
      const list = join(store.folder, 'identity_list.json');
      expect(existsSync(list)).toBe(true);
      const { AsyncEntry } = await import('@napi-rs/keyring');
      await new AsyncEntry('icp-cli', 'gone').deleteCredential();
      await expect(load('gone')).rejects.toMatchObject({
        code: 'IDENTITY_UNUSABLE',
        message: expect.stringContaining('the keyring has no entry for it (service icp-cli, user gone)'),
      });
    });
  },
);
