import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { checkConfiguration } from '#src/main/cli/serve-check.js';
import { Stream } from '#src/main/cli/terminal.js';
import { openIdentities } from '#src/main/server/config/index.js';
import { configured } from '../server/config/support.js';

async function checked(text: string): Promise<string> {
  const configuration = configured(text);
  const output = new PassThrough();
  const stdout = new Stream(output as unknown as NodeJS.WriteStream);
  checkConfiguration(configuration, await openIdentities(configuration), { stdout, stderr: stdout });
  const shown = (await output.end().setEncoding('utf8').toArray()).join('');
  return shown.replaceAll(configuration.file.replace('/c.yaml', ''), 'FOLDER');
}

test('says what would be served', async () => {
  const text = await checked(`listen: {host: "::", port: 8080}
hosts: [sandpool.example.org, "[fd00::5]:9000"]
data: ./d
cache: false
concurrency: 4
identities: {nobody: {anonymous: true}}
networks: {local: {url: "http://127.0.0.1:8000"}, main: {url: "https://icp-api.io"}}
canisters: {orchard: [aaaaa-aa], empty: []}
`);
  expect(text).toBe(`file        FOLDER/c.yaml
listens on  [::]:8080
hosts       localhost
            127.0.0.1
            [::1]
            sandpool.example.org
            [fd00::5]:9000
data        FOLDER/d
cache       none
runs        4 at once, each with up to 60000 ms of computing, 3600000 ms in all, 4.0 GiB of memory
identities  nobody  2vxsx-fae
networks    local  http://127.0.0.1:8000/  root key: fetched, unverified: whoever answers there is believed
            main  https://icp-api.io/  root key: of the mainnet
canisters   orchard  1 canister
            empty  0 canisters
`);
});

test('says what there is not', async () => {
  const text = await checked('data: d\nlisten: {port: 0}');
  expect(text).toContain('listens on  127.0.0.1, on any port that is free\n');
  expect(text).toContain('identities  none\n');
});
