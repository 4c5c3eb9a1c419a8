// wasi:filesystem/types, descriptor: an open file or directory, for reading only. Every operation that would
// change something is refused, before anything else about it is looked at; with which code is as in the reference
// host.

import { isUtf8 } from 'node:buffer';
import { fstatSync } from 'node:fs';
import type * as declared from '@bytecodealliance/preview2-shim/interfaces/wasi-filesystem-types';
import { PathError } from '../../../bridge/path-error.js';
import type { Place } from '../../../bridge/place.js';
import type { WasiContext } from '../context.js';
import type { ByteSource, InputStream, StreamClasses } from '../input-stream.js';
import { err, type Hosted, ok, type Result } from '../result.js';
import type { DirectoryEntryStream } from './directory-entry-stream.js';
import { type ErrorCode, errorCodeOf } from './error-code.js';
import { FileSource, readAt } from './file-source.js';
import { hashOf, isSameFile, statOf, typeOf } from './metadata.js';
import { resolve } from './resolve.js';
import { SharedPlace } from './shared-place.js';

/** The classes that descriptors make instances of. */
export interface FilesystemClasses extends StreamClasses {
  readonly InputStream: new (context: WasiContext, classes: StreamClasses, source: ByteSource) => InputStream;
  readonly Descriptor: new (
    context: WasiContext,
    classes: FilesystemClasses,
    shared: SharedPlace,
  ) => Descriptor;
  readonly DirectoryEntryStream: new (context: WasiContext, shared: SharedPlace) => DirectoryEntryStream;
}

type Answer<Value> = Result<Value, ErrorCode>;

const SLASH = 0x2f;
const NOT_PERMITTED = err('not-permitted' as const);
const DONE = ok(undefined);

/** Answers with a value, or with the code of the system error that `action` throws. */
function attempt<Value>(action: () => Value): Answer<Value> {
  try {
    return ok(action());
  } catch (thrown) {
    return err(errorCodeOf(thrown));
  }
}

/** Opens what was found, if it is something that can be read: a FIFO would block, a device would notice. */
function reopen(found: Place, wanted: 'directory' | 'any'): Place {
  const { stats } = found;
  if (stats.isSymbolicLink()) throw new PathError('ELOOP');
  if (wanted === 'directory' && !stats.isDirectory()) throw new PathError('ENOTDIR');
  if (!stats.isFile() && !stats.isDirectory()) throw new PathError('EPERM');
  return found.reopen();
}

/** An open file or directory. */
export class Descriptor implements Hosted<declared.Descriptor> {
  readonly #context: WasiContext;
  readonly #classes: FilesystemClasses;
  readonly #shared: SharedPlace;

  /** Uses up one use of `shared`, whose place is open for reading, and one counted handle of kind `descriptor`. */
  constructor(context: WasiContext, classes: FilesystemClasses, shared: SharedPlace) {
    this.#context = context;
    this.#classes = classes;
    this.#shared = shared;
  }

  readViaStream(offset: bigint): Answer<InputStream> {
    return attempt(() => {
      if (this.#place.stats.isDirectory()) throw new PathError('EBADF');
      if (!this.#context.handles.take('stream')) throw new PathError('ENOMEM');
      const source = new FileSource(this.#context, this.#shared.share(), offset);
      return new this.#classes.InputStream(this.#context, this.#classes, source);
    });
  }

  /** As the reference host has it: without leave to write, the descriptor is not one for this. */
  writeViaStream(): Answer<never> {
    return err('bad-descriptor');
  }

  appendViaStream(): Answer<never> {
    return this.writeViaStream();
  }

  advise(): Answer<undefined> {
    return this.#place.stats.isDirectory() ? err('bad-descriptor') : DONE;
  }

  /** There is never anything to write out. */
  syncData(): Answer<undefined> {
    return DONE;
  }

  sync(): Answer<undefined> {
    return DONE;
  }

  getFlags(): Answer<declared.DescriptorFlags> {
    return ok({ read: true });
  }

  getType(): Answer<declared.DescriptorType> {
    return ok(typeOf(this.#place.stats));
  }

  setSize(): Answer<never> {
    return this.#changeContent();
  }

  setTimes(): Answer<never> {
    return NOT_PERMITTED;
  }

  read(length: bigint, offset: bigint): Answer<[Uint8Array, boolean]> {
    return attempt(() => {
      if (this.#place.stats.isDirectory()) throw new PathError('EBADF');
      const bytes = readAt(this.#context, this.#shared, length, offset);
      return [bytes, bytes.length === 0];
    });
  }

  write(): Answer<never> {
    return this.#changeContent();
  }

  readDirectory(): Answer<DirectoryEntryStream> {
    return attempt(() => {
      this.#directory();
      if (!this.#context.handles.take('descriptor')) throw new PathError('ENOMEM');
      const shared = this.#shared.share();
      try {
        return new this.#classes.DirectoryEntryStream(this.#context, shared);
      } catch (thrown) {
        shared.release();
        this.#context.handles.release('descriptor');
        throw thrown;
      }
    });
  }

  stat(): Answer<declared.DescriptorStat> {
    return attempt(() => statOf(fstatSync(this.#place.fd, { bigint: true })));
  }

  statAt(pathFlags: declared.PathFlags, path: string): Answer<declared.DescriptorStat> {
    return attempt(() => this.#at(pathFlags, path, (found) => statOf(found.stats)));
  }

  openAt(
    pathFlags: declared.PathFlags,
    path: string,
    openFlags: declared.OpenFlags,
    flags: declared.DescriptorFlags,
  ): Answer<Descriptor> {
    return attempt(() => {
      this.#directory();
      if (openFlags.create || openFlags.truncate || flags.write) throw new PathError('EPERM');
      if (flags.fileIntegritySync || flags.dataIntegritySync || flags.requestedWriteSync) {
        throw new PathError('ENOTSUP');
      }
      if (openFlags.directory && openFlags.exclusive) throw new PathError('EINVAL');
      if (!this.#context.handles.take('descriptor')) throw new PathError('ENOMEM');
      try {
        const wanted = openFlags.directory ? 'directory' : 'any';
        const shared = new SharedPlace(this.#context, () =>
          this.#at(pathFlags, path, (found) => reopen(found, wanted)),
        );
        return new this.#classes.Descriptor(this.#context, this.#classes, shared);
      } catch (thrown) {
        this.#context.handles.release('descriptor');
        throw thrown;
      }
    });
  }

  readlinkAt(path: string): Answer<string> {
    return attempt(() => {
      const target = this.#at({}, path, (found) => found.target);
      if (target === undefined) throw new PathError('EINVAL');
      // Where a link leads outside is the host's affair.
      if (target[0] === SLASH) throw new PathError('EPERM');
      if (!isUtf8(target)) throw new PathError('EILSEQ');
      return target.toString();
    });
  }

  isSameObject(other: Descriptor): boolean {
    return isSameFile(this.#place.stats, other.#place.stats);
  }

  metadataHash(): Answer<declared.MetadataHashValue> {
    return attempt(() => hashOf(this.#place.stats));
  }

  metadataHashAt(pathFlags: declared.PathFlags, path: string): Answer<declared.MetadataHashValue> {
    return attempt(() => this.#at(pathFlags, path, (found) => hashOf(found.stats)));
  }

  createDirectoryAt(): Answer<never> {
    return this.#changeEntry();
  }

  setTimesAt(): Answer<never> {
    return this.#changeEntry();
  }

  linkAt(): Answer<never> {
    return this.#changeEntry();
  }

  removeDirectoryAt(): Answer<never> {
    return this.#changeEntry();
  }

  renameAt(): Answer<never> {
    return this.#changeEntry();
  }

  symlinkAt(): Answer<never> {
    return this.#changeEntry();
  }

  unlinkFileAt(): Answer<never> {
    return this.#changeEntry();
  }

  [Symbol.dispose](): void {
    this.#context.handles.release('descriptor');
    this.#shared.release();
  }

  get #place(): Place {
    return this.#shared.place;
  }

  #directory(): Place {
    const place = this.#place;
    if (!place.stats.isDirectory()) throw new PathError('ENOTDIR');
    return place;
  }

  #changeContent(): Answer<never> {
    return this.#place.stats.isDirectory() ? err('bad-descriptor') : NOT_PERMITTED;
  }

  #changeEntry(): Answer<never> {
    return this.#place.stats.isDirectory() ? NOT_PERMITTED : err('not-directory');
  }

  #at<Value>(pathFlags: declared.PathFlags, path: string, use: (found: Place) => Value): Value {
    const found = resolve(this.#directory(), path, pathFlags.symlinkFollow ? 'follow' : 'keep');
    try {
      return use(found);
    } finally {
      found.release();
    }
  }
}
