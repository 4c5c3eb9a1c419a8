// The file is not part of what the package describes.
declare module 'undici/lib/llhttp/llhttp_simd-wasm.js' {
  /** The module's bytes. */
  const bytes: Buffer<ArrayBuffer>;
  export = bytes;
}
