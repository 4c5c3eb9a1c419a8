// The JavaScript realm that generated glue runs in: a context of its own, without Node's globals and without
// `eval`. Glue is made from an untrusted component, so it gets the language, WebAssembly, and the few functions
// it needs; everything else reaches it as imports.

import { constants, createContext, Script } from 'node:vm';
import { stackProbe } from './stack-headroom.js';

/** Makes a core instance, as `new WebAssembly.Instance` does. */
export type InstantiateCore = (
  module: WebAssembly.Module,
  imports?: Record<string, Record<string, unknown>>,
) => WebAssembly.Instance;

/** Glue, evaluated: makes fresh instances of its component. */
export type Instantiate = (
  getCoreModule: (name: string) => WebAssembly.Module,
  imports: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
  instantiateCore: InstantiateCore,
) => Readonly<Record<string, unknown>>;

interface RealmIntrinsics {
  readonly trap: () => never;
  readonly instantiateCore: InstantiateCore;
  readonly confinement: () => number;
}

/** Is told why the realm makes a guest trap. */
export interface GuestWatcher {
  /** It has violated the canonical ABI. */
  onViolation(reason: string): void;
  /** It has called its host with too little stack left. */
  onStackExhausted(): void;
}

/** A string of more bytes than this is not made for the guest. */
const TEXT_BYTES = 128 * 1024 * 1024;

/** `(module (func (export "trap") unreachable))` */
const TRAP_MODULE = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 8, 1, 4, 116, 114, 97, 112, 0, 0, 10, 5, 1,
  3, 0, 0, 11,
]);

// What glue never uses is taken away. What it uses to read the guest's memory is strict, as the canonical ABI is.
// Traps are the engine's own, which no guest can catch; an error made in JavaScript any guest could. Whatever a guest
// calls that is not another guest's first looks whether there is stack for it.
const INTRINSICS = `((violate, exhausted, probeStack, trapModule, textBytes, Decoder) => {
  'use strict';
  const { Instance, Module } = WebAssembly;
  const { trap } = new Instance(new Module(trapModule)).exports;
  let confinement = 0;
  globalThis.guestBytes = (memory, address, length) => {
    const [from, size] = [address >>> 0, length >>> 0];
    if (from + size > memory.buffer.byteLength) violate('a list or string lies outside its memory');
    return new Uint8Array(memory.buffer, from, size);
  };
  globalThis.confined = (call) => (...values) => {
    confinement += 1;
    try {
      const result = call(...values);
      if (values.length !== 4) return result;
      const [, , alignment] = values;
      if ((result & (alignment - 1)) !== 0) violate('cabi_realloc returned a misaligned address');
      return result >>> 0;
    } finally {
      confinement -= 1;
    }
  };
  globalThis.TextDecoder = class TextDecoder {
    #decoder;
    constructor(encoding = 'utf-8') {
      this.#decoder = new Decoder(encoding, { fatal: true, ignoreBOM: true });
    }
    decode(bytes) {
      if (bytes.byteLength > textBytes) violate('a string has ' + bytes.byteLength + ' bytes');
      try {
        return this.#decoder.decode(bytes);
      } catch {
        violate('a string is not valid Unicode');
      }
    }
  };
  for (const name of ['SharedArrayBuffer', 'Atomics', 'WeakRef', 'FinalizationRegistry', 'eval', 'escape', 'unescape']) {
    delete globalThis[name];
  }
  const guestFunctions = new WeakSet();
  const withHeadroom = (value) =>
    typeof value !== 'function' || guestFunctions.has(value)
      ? value
      : (...values) => {
          try {
            probeStack();
          } catch {
            exhausted();
          }
          return value(...values);
        };
  const mapValues = (object, map) =>
    Object.fromEntries(Object.entries(object).map(([name, value]) => [name, map(value)]));
  return {
    trap,
    confinement: () => confinement,
    instantiateCore: (module, imports = {}) => {
      const instance = new Instance(module, mapValues(imports, (values) => mapValues(values, withHeadroom)));
      for (const value of Object.values(instance.exports))
        if (typeof value === 'function') guestFunctions.add(value);
      return instance;
    },
  };
})`;

/** One realm, made when its thread starts and used for every run on it. */
export class GlueRealm {
  readonly #context: object;
  readonly #intrinsics: RealmIntrinsics;
  #watcher: GuestWatcher | undefined;

  constructor() {
    // An ordinary global object: one with interceptors makes every global look-up in the glue slow.
    this.#context = createContext(constants.DONT_CONTEXTIFY as unknown as object, {
      name: 'glue',
      codeGeneration: { strings: false, wasm: true },
    });
    Object.assign(this.#context, { TextEncoder });
    const makeIntrinsics = new Script(INTRINSICS, { filename: 'glue-realm' }).runInContext(this.#context) as (
      ...values: unknown[]
    ) => RealmIntrinsics;
    const violate = (reason: string): never => {
      this.#watcher?.onViolation(reason);
      return this.trap();
    };
    const exhausted = (): never => {
      this.#watcher?.onStackExhausted();
      return this.trap();
    };
    this.#intrinsics = makeIntrinsics(violate, exhausted, stackProbe(), TRAP_MODULE, TEXT_BYTES, TextDecoder);
  }

  /** Has `watcher` told why, before the realm makes a guest trap. */
  watch(watcher: GuestWatcher): void {
    this.#watcher = watcher;
  }

  /** Whether the guest runs only to allocate or free, when the canonical ABI has it call nothing. */
  get isConfined(): boolean {
    return this.#intrinsics.confinement() > 0;
  }

  /**
   * Evaluates glue once; each call of the result makes a fresh instance.
   * @param compiled what the engine compiled of it before
   */
  evaluate(glue: string, compiled?: Uint8Array): Instantiate {
    const options = {
      filename: 'plugin-glue',
      ...(compiled === undefined ? {} : { cachedData: compiled }),
    };
    const { instantiate } = new Script(glue, options).runInContext(this.#context) as {
      instantiate: Instantiate;
    };
    return instantiate;
  }

  /** Traps, as if the guest had done so: it cannot catch this. */
  trap(): never {
    return this.#intrinsics.trap();
  }

  instantiateCore(...values: Parameters<InstantiateCore>): WebAssembly.Instance {
    return this.#intrinsics.instantiateCore(...values);
  }
}
