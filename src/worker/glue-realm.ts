// The JavaScript realm that generated glue runs in: a context of its own, without Node's globals and without
// `eval`. Glue is made from an untrusted component, so it gets the language, WebAssembly, and the two text
// coders it needs; everything else reaches it as imports.

import { constants, createContext, Script } from 'node:vm';

/** Glue, evaluated: makes fresh instances of its component. */
export type Instantiate = (
  getCoreModule: (name: string) => WebAssembly.Module,
  imports: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
  instantiateCore: (
    module: WebAssembly.Module,
    imports?: Record<string, Record<string, unknown>>,
  ) => WebAssembly.Instance,
) => Readonly<Record<string, unknown>>;

interface RealmIntrinsics {
  readonly trap: (message: string) => never;
  readonly instantiateCore: (
    module: WebAssembly.Module,
    imports?: Record<string, Record<string, unknown>>,
  ) => WebAssembly.Instance;
}

// Glue tells a trap from an error result by `instanceof` its own realm's WebAssembly.RuntimeError, so both the
// trap and the instances have to be made in there. What glue never uses is taken away.
const INTRINSICS = `(() => {
  'use strict';
  const { RuntimeError, Instance } = WebAssembly;
  for (const name of ['SharedArrayBuffer', 'Atomics', 'WeakRef', 'FinalizationRegistry', 'eval', 'escape', 'unescape']) {
    delete globalThis[name];
  }
  return {
    trap: (message) => { throw new RuntimeError(message); },
    instantiateCore: (module, imports) => new Instance(module, imports),
  };
})()`;

/** One realm, made when its thread starts and used for every run on it. */
export class GlueRealm {
  readonly #context: object;
  readonly #intrinsics: RealmIntrinsics;

  constructor() {
    // An ordinary global object: one with interceptors makes every global look-up in the glue slow.
    this.#context = createContext(constants.DONT_CONTEXTIFY as unknown as object, {
      name: 'glue',
      codeGeneration: { strings: false, wasm: true },
    });
    Object.assign(this.#context, { TextDecoder, TextEncoder });
    this.#intrinsics = new Script(INTRINSICS, { filename: 'glue-realm' }).runInContext(
      this.#context,
    ) as RealmIntrinsics;
  }

  /** Evaluates glue once; each call of the result makes a fresh instance. */
  evaluate(glue: string): Instantiate {
    const { instantiate } = new Script(glue, { filename: 'plugin-glue' }).runInContext(this.#context) as {
      instantiate: Instantiate;
    };
    return instantiate;
  }

  /** Throws a trap of this realm: the glue passes it on as it does the engine's own. */
  trap(message: string): never {
    return this.#intrinsics.trap(message);
  }

  instantiateCore(
    module: WebAssembly.Module,
    imports?: Record<string, Record<string, unknown>>,
  ): WebAssembly.Instance {
    return this.#intrinsics.instantiateCore(module, imports);
  }
}
