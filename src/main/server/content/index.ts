// The public face of the service's storage: content by its hash, and bundles.

export { type BundleLimits, DEFAULT_BUNDLE_LIMITS } from './bundle-limits.js';
export { REFUSAL_RULES, type RefusalRule } from './bundle-refusal.js';
export {
  type BundleContents,
  BundleStore,
  type BundleStoreOptions,
  type RetainedBundle,
  type StoredBundle,
} from './bundle-store.js';
export type { BundleFile } from './bundle-writer.js';
export { ContentStore, type ContentStoreOptions, type StoredContent } from './content-store.js';
export { type UnpackedBundle, unpackBundle } from './unpack-bundle.js';
export type { UploadOptions } from './upload.js';
