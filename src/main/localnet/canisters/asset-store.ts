// The contents of an `assets` canister: batches with chunks that wait, and assets with their encodings. A
// commit applies all of its operations or none.
import { sha256 } from '../hashing.js';

/** A list of one or nothing, as Candid options decode. */
export type Optional<T> = readonly [] | readonly [T];

export interface AssetProperties {
  readonly max_age: Optional<bigint>;
  readonly headers: Optional<readonly (readonly [string, string])[]>;
  readonly allow_raw_access: Optional<boolean>;
  readonly is_aliased: Optional<boolean>;
}

/** One step of a commit, named and shaped as in Candid. */
export type BatchOperation =
  | { readonly CreateAsset: CreateAsset }
  | { readonly SetAssetContent: SetAssetContent }
  | { readonly SetAssetProperties: SetAssetProperties }
  | { readonly UnsetAssetContent: { readonly key: string; readonly content_encoding: string } }
  | { readonly DeleteAsset: { readonly key: string } }
  | { readonly Clear: Record<string, never> };

interface CreateAsset {
  readonly key: string;
  readonly content_type: string;
  readonly max_age: Optional<bigint>;
  readonly headers: Optional<readonly (readonly [string, string])[]>;
  readonly enable_aliasing: Optional<boolean>;
  readonly allow_raw_access: Optional<boolean>;
}

interface SetAssetContent {
  readonly key: string;
  readonly content_encoding: string;
  readonly chunk_ids: readonly bigint[];
  readonly last_chunk: Optional<Uint8Array>;
  readonly sha256: Optional<Uint8Array>;
}

interface SetAssetProperties {
  readonly key: string;
  readonly max_age: Optional<Optional<bigint>>;
  readonly headers: Optional<Optional<readonly (readonly [string, string])[]>>;
  readonly allow_raw_access: Optional<Optional<boolean>>;
  readonly is_aliased: Optional<Optional<boolean>>;
}

/** One encoding of an asset. */
export interface AssetEncoding {
  readonly content: Uint8Array;
  readonly sha256: Uint8Array;
  readonly modifiedMs: number;
}

/** An asset; `encodings` is never changed in place. */
export interface Asset {
  readonly contentType: string;
  readonly properties: AssetProperties;
  readonly encodings: ReadonlyMap<string, AssetEncoding>;
}

type Assets = ReadonlyMap<string, Asset>;

interface Chunk {
  readonly batchId: bigint;
  readonly content: Uint8Array;
}

/** Every method throws an Error, which makes the call trap, when something it needs is not there. */
export class AssetStore {
  readonly #batches = new Set<bigint>();
  readonly #chunks = new Map<bigint, Chunk>();
  #assets: Assets = new Map();
  #lastBatchId = 0n;
  #lastChunkId = 0n;

  get assets(): Assets {
    return this.#assets;
  }

  createBatch(): bigint {
    this.#lastBatchId += 1n;
    this.#batches.add(this.#lastBatchId);
    return this.#lastBatchId;
  }

  createChunk(batchId: bigint, content: Uint8Array): bigint {
    if (!this.#batches.has(batchId)) throw new Error('batch not found');
    this.#lastChunkId += 1n;
    this.#chunks.set(this.#lastChunkId, { batchId, content });
    return this.#lastChunkId;
  }

  deleteBatch(batchId: bigint): void {
    this.#batches.delete(batchId);
    for (const [id, chunk] of this.#chunks) if (chunk.batchId === batchId) this.#chunks.delete(id);
  }

  /** Applies `operations` and ends the batch. A client that commits in stages uses an id that is no batch's. */
  commit(batchId: bigint, operations: readonly BatchOperation[]): void {
    const assets = new Map(this.#assets);
    for (const operation of operations) this.#apply(assets, operation);
    this.#assets = assets;
    this.deleteBatch(batchId);
  }

  find(key: string): Asset {
    return existing(this.#assets, key);
  }

  #apply(assets: Map<string, Asset>, operation: BatchOperation): void {
    if ('CreateAsset' in operation) createAsset(assets, operation.CreateAsset);
    else if ('SetAssetContent' in operation) this.#setContent(assets, operation.SetAssetContent);
    else if ('SetAssetProperties' in operation) setProperties(assets, operation.SetAssetProperties);
    else if ('UnsetAssetContent' in operation) {
      const { key, content_encoding: encoding } = operation.UnsetAssetContent;
      const asset = existing(assets, key);
      const encodings = new Map(asset.encodings);
      encodings.delete(encoding);
      assets.set(key, { ...asset, encodings });
    } else if ('DeleteAsset' in operation) assets.delete(operation.DeleteAsset.key);
    else assets.clear();
  }

  #setContent(assets: Map<string, Asset>, operation: SetAssetContent): void {
    const asset = existing(assets, operation.key);
    const parts = operation.chunk_ids.map((id) => {
      const chunk = this.#chunks.get(id);
      if (chunk === undefined) throw new Error('chunk not found');
      return chunk.content;
    });
    if (parts.length === 0 && operation.last_chunk.length === 0) {
      throw new Error('encoding must have at least one chunk or contain last_chunk');
    }
    const content = Buffer.concat([...parts, ...operation.last_chunk]);
    const hash = sha256(content);
    const [expected] = operation.sha256;
    if (expected !== undefined && Buffer.compare(hash, expected) !== 0) throw new Error('sha256 mismatch');
    const encoding = { content, sha256: hash, modifiedMs: Date.now() };
    const encodings = new Map(asset.encodings).set(operation.content_encoding, encoding);
    assets.set(operation.key, { ...asset, encodings });
  }
}

function createAsset(assets: Map<string, Asset>, operation: CreateAsset): void {
  const present = assets.get(operation.key);
  if (present !== undefined) {
    if (present.contentType !== operation.content_type) {
      throw new Error('create_asset: content type mismatch');
    }
    return;
  }
  const { max_age, headers, allow_raw_access, enable_aliasing: is_aliased } = operation;
  assets.set(operation.key, {
    contentType: operation.content_type,
    properties: { max_age, headers, allow_raw_access, is_aliased },
    encodings: new Map(),
  });
}

function setProperties(assets: Map<string, Asset>, operation: SetAssetProperties): void {
  const asset = existing(assets, operation.key);
  const { properties } = asset;
  assets.set(operation.key, {
    ...asset,
    properties: {
      max_age: operation.max_age[0] ?? properties.max_age,
      headers: operation.headers[0] ?? properties.headers,
      allow_raw_access: operation.allow_raw_access[0] ?? properties.allow_raw_access,
      is_aliased: operation.is_aliased[0] ?? properties.is_aliased,
    },
  });
}

function existing(assets: Assets, key: string): Asset {
  const asset = assets.get(key);
  if (asset === undefined) throw new Error('asset not found');
  return asset;
}
