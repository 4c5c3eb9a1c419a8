// The `assets` canister: files by key, uploaded in batches. Preparing and committing are for controllers and
// for those whom they granted it.
import { IDL } from '@icp-sdk/core/candid';
import type { Principal } from '@icp-sdk/core/principal';
import {
  type Asset,
  type AssetEncoding,
  AssetStore,
  type BatchOperation,
  type Optional,
} from './asset-store.js';
import * as types from './asset-types.js';
import {
  type CallContext,
  type Canister,
  type CanisterMethod,
  candidMetadata,
  candidMethod,
} from './canister.js';

const API_VERSION = 2;
const MAX_ANSWER_CHUNK_BYTES = 1_900_000;
const NANOSECONDS_PER_MS = 1_000_000n;

type PermissionName = 'Commit' | 'ManagePermissions' | 'Prepare';
type Permission = Readonly<Partial<Record<PermissionName, null>>>;

interface GetChunk {
  readonly key: string;
  readonly content_encoding: string;
  readonly index: bigint;
  readonly sha256: Optional<Uint8Array>;
}

/** An asset canister with nothing in it. */
export function createAssetsCanister(): Canister {
  const store = new AssetStore();
  const granted = new Map<PermissionName, Map<string, Principal>>();

  const require = (context: CallContext, permission: PermissionName): void => {
    if (context.isController(context.caller)) return;
    if (granted.get(permission)?.has(context.caller.toText()) === true) return;
    // Whoever may commit may also prepare.
    if (permission === 'Prepare' && granted.get('Commit')?.has(context.caller.toText()) === true) return;
    throw new Error(`Caller does not have ${permission} permission`);
  };

  return {
    metadata: candidMetadata(types.ASSETS_SERVICE),
    methods: new Map<string, CanisterMethod>([
      ...readingMethods(store),
      [
        'create_batch',
        method<Record<string, never>, { batch_id: bigint }>(types.EMPTY_RECORD, types.BATCH_ID, (context) => {
          require(context, 'Prepare');
          return { batch_id: store.createBatch() };
        }),
      ],
      [
        'create_chunk',
        method<{ batch_id: bigint; content: Uint8Array }, { chunk_id: bigint }>(
          types.CHUNK,
          types.CHUNK_ID,
          (context, { batch_id, content }) => {
            require(context, 'Prepare');
            return { chunk_id: store.createChunk(batch_id, content) };
          },
        ),
      ],
      [
        'create_chunks',
        method<{ batch_id: bigint; content: Uint8Array[] }, { chunk_ids: bigint[] }>(
          types.CHUNKS,
          types.CHUNK_IDS,
          (context, { batch_id, content }) => {
            require(context, 'Prepare');
            return { chunk_ids: content.map((chunk) => store.createChunk(batch_id, chunk)) };
          },
        ),
      ],
      [
        'commit_batch',
        method<{ batch_id: bigint; operations: BatchOperation[] }>(
          types.COMMIT,
          undefined,
          (context, { batch_id, operations }) => {
            require(context, 'Commit');
            store.commit(batch_id, operations);
          },
        ),
      ],
      [
        'delete_batch',
        method<{ batch_id: bigint }>(types.BATCH_ID, undefined, (context, { batch_id }) => {
          require(context, 'Prepare');
          store.deleteBatch(batch_id);
        }),
      ],
      [
        'grant_permission',
        method<{ to_principal: Principal; permission: Permission }>(
          types.GRANT,
          undefined,
          (context, { to_principal, permission }) => {
            require(context, 'ManagePermissions');
            const name = nameOf(permission);
            const principals = granted.get(name) ?? new Map<string, Principal>();
            granted.set(name, principals.set(to_principal.toText(), to_principal));
          },
        ),
      ],
      [
        'list_permitted',
        method<{ permission: Permission }, Principal[]>(
          types.PERMISSION_QUESTION,
          IDL.Vec(IDL.Principal),
          (_context, { permission }) => [...(granted.get(nameOf(permission))?.values() ?? [])],
        ),
      ],
    ]),
  };
}

function readingMethods(store: AssetStore): [string, CanisterMethod][] {
  const noTypes = [] as const;
  return [
    ['api_version', candidMethod<[], [bigint | number]>('query', noTypes, [IDL.Nat16], () => [API_VERSION])],
    ['list', method(types.EMPTY_RECORD, types.LISTING, () => Array.from(store.assets, listed), 'query')],
    [
      'get',
      method<{ key: string; accept_encodings: string[] }, unknown>(
        types.GET,
        types.GET_RESULT,
        (_context, { key, accept_encodings }) => {
          const asset = store.find(key);
          const name = accept_encodings.find((encoding) => asset.encodings.has(encoding));
          const encoding = encodingOf(asset, name ?? '');
          return {
            content: chunkOf(encoding, 0),
            content_type: asset.contentType,
            content_encoding: name,
            sha256: [encoding.sha256],
            total_length: BigInt(encoding.content.length),
          };
        },
        'query',
      ),
    ],
    [
      'get_chunk',
      method<GetChunk, { content: Uint8Array }>(
        types.GET_CHUNK,
        types.GET_CHUNK_RESULT,
        (_context, { key, content_encoding, index, sha256 }) => {
          const encoding = encodingOf(store.find(key), content_encoding);
          const [expected] = sha256;
          if (expected !== undefined && Buffer.compare(expected, encoding.sha256) !== 0) {
            throw new Error('sha256 mismatch');
          }
          const content = chunkOf(encoding, Number(index));
          if (content.length === 0) throw new Error('chunk index out of bounds');
          return { content };
        },
        'query',
      ),
    ],
    [
      'get_asset_properties',
      method<string, unknown>(
        IDL.Text,
        types.PROPERTIES,
        (_context, key) => store.find(key).properties,
        'query',
      ),
    ],
  ];
}

/** A method with one argument and one result, or none. */
function method<Argument, Result = void>(
  argument: IDL.Type,
  result: IDL.Type | undefined,
  run: (context: CallContext, argument: Argument) => Result,
  kind: 'query' | 'update' = 'update',
): CanisterMethod {
  return candidMethod<[Argument], Result[]>(
    kind,
    [argument as IDL.Type<Argument>],
    result === undefined ? [] : [result as IDL.Type<Result>],
    (context, value) => {
      const answer = run(context, value);
      return result === undefined ? [] : [answer];
    },
  );
}

function listed([key, asset]: [string, Asset]) {
  return {
    key,
    content_type: asset.contentType,
    encodings: Array.from(asset.encodings, ([content_encoding, encoding]) => ({
      content_encoding,
      sha256: [encoding.sha256],
      length: BigInt(encoding.content.length),
      modified: BigInt(encoding.modifiedMs) * NANOSECONDS_PER_MS,
    })),
  };
}

function encodingOf(asset: Asset, name: string): AssetEncoding {
  const encoding = asset.encodings.get(name);
  if (encoding === undefined) throw new Error('no such encoding');
  return encoding;
}

function chunkOf(encoding: AssetEncoding, index: number): Uint8Array {
  const start = index * MAX_ANSWER_CHUNK_BYTES;
  return encoding.content.subarray(start, start + MAX_ANSWER_CHUNK_BYTES);
}

function nameOf(permission: Permission): PermissionName {
  if ('Commit' in permission) return 'Commit';
  return 'Prepare' in permission ? 'Prepare' : 'ManagePermissions';
}
