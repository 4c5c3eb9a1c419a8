import { createHash } from 'node:crypto';
import type { HttpAgent } from '@icp-sdk/core/agent';
import { IDL } from '@icp-sdk/core/candid';
import { Ed25519KeyIdentity } from '@icp-sdk/core/identity';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Localnet, startLocalnet } from '#src/main/localnet/index.js';
import { agentOf, Blob, idOf, Nat, query, Text, update } from '../client.js';

const BATCH = IDL.Record({ batch_id: Nat });
const OPERATION = IDL.Variant({
  CreateAsset: IDL.Record({
    key: Text,
    content_type: Text,
    max_age: IDL.Opt(IDL.Nat64),
    headers: IDL.Opt(IDL.Vec(IDL.Tuple(Text, Text))),
    enable_aliasing: IDL.Opt(IDL.Bool),
    allow_raw_access: IDL.Opt(IDL.Bool),
  }),
  SetAssetContent: IDL.Record({
    key: Text,
    content_encoding: Text,
    chunk_ids: IDL.Vec(Nat),
    // As clients of before `last_chunk` do, this one leaves it out.
    sha256: IDL.Opt(Blob),
  }),
  UnsetAssetContent: IDL.Record({ key: Text, content_encoding: Text }),
  DeleteAsset: IDL.Record({ key: Text }),
  Clear: IDL.Record({}),
});
const COMMIT = IDL.Record({ batch_id: Nat, operations: IDL.Vec(OPERATION) });
const LISTING = IDL.Vec(
  IDL.Record({
    key: Text,
    content_type: Text,
    encodings: IDL.Vec(IDL.Record({ content_encoding: Text, sha256: IDL.Opt(Blob), length: Nat })),
  }),
);
const GET_RESULT = IDL.Record({
  content: Blob,
  content_type: Text,
  content_encoding: Text,
  total_length: Nat,
});

let localnet: Localnet;
let agent: HttpAgent;
let assets: string;
beforeEach(async () => {
  localnet = await startLocalnet({ canisters: [{ kind: 'assets' }] });
  agent = agentOf(localnet);
  assets = idOf(localnet, 'assets');
});
afterEach(() => localnet.close());

const sha256 = (bytes: Uint8Array) => Uint8Array.from(createHash('sha256').update(bytes).digest());

async function createBatch(): Promise<bigint> {
  const [{ batch_id }] = (await update(agent, assets, 'create_batch', [[IDL.Record({}), {}]], [BATCH])) as [
    { batch_id: bigint },
  ];
  return batch_id;
}

async function upload(batch_id: bigint, content: Uint8Array[]): Promise<bigint[]> {
  const CHUNKS = IDL.Record({ batch_id: Nat, content: IDL.Vec(Blob) });
  const IDS = IDL.Record({ chunk_ids: IDL.Vec(Nat) });
  const [answer] = await update(agent, assets, 'create_chunks', [[CHUNKS, { batch_id, content }]], [IDS]);
  return (answer as { chunk_ids: bigint[] }).chunk_ids;
}

const commit = (batch_id: bigint, operations: unknown[]) =>
  update(agent, assets, 'commit_batch', [[COMMIT, { batch_id, operations }]]);
const create = (key: string) => ({
  CreateAsset: {
    key,
    content_type: 'text/plain',
    max_age: [],
    headers: [],
    enable_aliasing: [],
    allow_raw_access: [],
  },
});
const setContent = (key: string, chunk_ids: bigint[], hash: Uint8Array | undefined) => ({
  SetAssetContent: { key, content_encoding: 'identity', chunk_ids, sha256: hash === undefined ? [] : [hash] },
});
const list = async () => (await query(agent, assets, 'list', [[IDL.Record({}), {}]], [LISTING]))[0];

test('takes files in batches of chunks and gives them back', async () => {
  expect(await query(agent, assets, 'api_version', [], [IDL.Nat16])).toEqual([2]);
  const batch = await createBatch();
  const parts = ['hello ', 'world'].map((text) => Uint8Array.from(Buffer.from(text)));
  const chunks = await upload(batch, parts);
  const hash = sha256(Buffer.from('hello world'));
  await commit(batch, [create('/a.txt'), setContent('/a.txt', chunks, hash)]);
  expect(await list()).toEqual([
    {
      key: '/a.txt',
      content_type: 'text/plain',
      encodings: [{ content_encoding: 'identity', sha256: [hash], length: 11n }],
    },
  ]);
  const GET = IDL.Record({ key: Text, accept_encodings: IDL.Vec(Text) });
  const wanted = { key: '/a.txt', accept_encodings: ['gzip', 'identity'] };
  expect(await query(agent, assets, 'get', [[GET, wanted]], [GET_RESULT])).toEqual([
    {
      content: Uint8Array.from(Buffer.from('hello world')),
      content_type: 'text/plain',
      content_encoding: 'identity',
      total_length: 11n,
    },
  ]);
});

test('gives a large file back in chunks', async () => {
  const batch = await createBatch();
  const content = new Uint8Array(3_000_000).map((_byte, index) => index % 251);
  const chunks = [
    ...(await upload(batch, [content.subarray(0, 1_500_000)])),
    ...(await upload(batch, [content.subarray(1_500_000)])),
  ];
  await commit(batch, [create('/large'), setContent('/large', chunks, sha256(content))]);
  const GET_CHUNK = IDL.Record({ key: Text, content_encoding: Text, index: Nat, sha256: IDL.Opt(Blob) });
  const chunk = async (index: bigint) => {
    const wanted = { key: '/large', content_encoding: 'identity', index, sha256: [sha256(content)] };
    const [answer] = await query(
      agent,
      assets,
      'get_chunk',
      [[GET_CHUNK, wanted]],
      [IDL.Record({ content: Blob })],
    );
    return (answer as { content: Uint8Array }).content;
  };
  expect(Buffer.concat([await chunk(0n), await chunk(1n)]).equals(content)).toBe(true);
  await expect(chunk(2n)).rejects.toThrow('out of bounds');
});

test('commits all operations or none', async () => {
  const batch = await createBatch();
  const [chunk = 0n] = await upload(batch, [new Uint8Array([1])]);
  const wrongHash = setContent('/b', [chunk], sha256(new Uint8Array([2])));
  await expect(commit(batch, [create('/a'), create('/b'), wrongHash])).rejects.toThrow('sha256 mismatch');
  await expect(commit(batch, [create('/a'), setContent('/a', [999n], undefined)])).rejects.toThrow(
    'chunk not found',
  );
  await expect(commit(batch, [setContent('/none', [chunk], undefined)])).rejects.toThrow('asset not found');
  expect(await list()).toEqual([]);
  await commit(batch, [create('/b'), setContent('/b', [chunk], undefined)]);
  expect(await list()).toMatchObject([{ key: '/b', encodings: [{ length: 1n }] }]);
  await expect(upload(batch, [new Uint8Array([1])])).rejects.toThrow('batch not found');
});

test('unsets, deletes and clears', async () => {
  const batch = await createBatch();
  const [chunk = 0n] = await upload(batch, [new Uint8Array([1])]);
  const files = ['/a', '/b', '/c'].flatMap((key) => [create(key), setContent(key, [chunk], undefined)]);
  await commit(batch, files);
  await commit(0n, [
    { UnsetAssetContent: { key: '/a', content_encoding: 'identity' } },
    { DeleteAsset: { key: '/b' } },
  ]);
  expect(await list()).toMatchObject([
    { key: '/a', encodings: [] },
    { key: '/c', encodings: [{ length: 1n }] },
  ]);
  await commit(0n, [{ Clear: {} }]);
  expect(await list()).toEqual([]);
});

test('lets controllers in, and those whom they granted it', async () => {
  const identity = Ed25519KeyIdentity.generate();
  const guest = agentOf(localnet, identity);
  const batchByGuest = () => update(guest, assets, 'create_batch', [[IDL.Record({}), {}]], [BATCH]);
  await expect(batchByGuest()).rejects.toThrow('does not have Prepare permission');
  const PERMISSION = IDL.Variant({ Commit: IDL.Null, ManagePermissions: IDL.Null, Prepare: IDL.Null });
  const GRANT = IDL.Record({ to_principal: IDL.Principal, permission: PERMISSION });
  const grant = { to_principal: identity.getPrincipal(), permission: { Commit: null } };
  await update(agent, assets, 'grant_permission', [[GRANT, grant]]);
  await expect(batchByGuest()).resolves.toHaveLength(1);
  await expect(update(guest, assets, 'grant_permission', [[GRANT, grant]])).rejects.toThrow(
    'ManagePermissions',
  );
});
