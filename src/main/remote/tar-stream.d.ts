// The package comes without types: what is used of it.
declare module 'tar-stream' {
  import type { Readable, Writable } from 'node:stream';

  interface Header {
    readonly name: string;
    readonly type: 'file' | 'directory';
    readonly size: number;
    readonly mode: number;
    readonly mtime: Date;
    readonly uid: number;
    readonly gid: number;
  }

  interface Pack extends Readable {
    /** @param done called when the entry is written, or cannot be */
    entry(header: Header, done: (error?: Error | null) => void): Writable;
    finalize(): void;
  }

  export function pack(): Pack;

  /** What the bytes that are written to it hold, one entry after another. */
  export function extract(): Writable & AsyncIterable<Readable & { readonly header: Header }>;
}
