// Real guests: core modules in text form, made into components, transpiled, and run in a realm of their own
// as a worker runs them.

import { createContext, Script } from 'node:vm';
import { componentEmbed, componentNew } from '@bytecodealliance/jco';
import { $init, generate } from '@bytecodealliance/jco-transpile/component';
import wabt from 'wabt';
import type { WasiImports } from '#src/worker/wasi/host.js';
import { wasiWit } from './wit.js';

/** A guest, ready to be instantiated any number of times. */
export interface Guest {
  /** The names of its imports, as the glue asks for them. */
  readonly imports: readonly string[];
  /** A fresh instance; gives its exports. */
  instantiate(imports: WasiImports): Readonly<Record<string, (...values: unknown[]) => unknown>>;
}

// Node's types have no WebAssembly.
const { Module } = (globalThis as unknown as { WebAssembly: { Module: new (bytes: Uint8Array) => object } })
  .WebAssembly;

type Instantiate = (
  getCoreModule: (name: string) => object,
  imports: WasiImports,
) => Readonly<Record<string, (...values: unknown[]) => unknown>>;

/**
 * Builds a guest.
 *
 * @param wat the core module, with `VERSION` where its imports name one.
 * @param world the body of its world, likewise.
 */
export async function buildGuest(version: string, world: string, wat: string): Promise<Guest> {
  const inVersion = (text: string) => text.replaceAll('VERSION', version);
  const core = (await wabt()).parseWat('guest.wat', inVersion(wat)).toBinary({}).buffer;
  const witSource = `package test:guest; world guest { ${inVersion(world)} } ${wasiWit(version)}`;
  const component = await componentNew(await componentEmbed({ binary: core, witSource, world: 'guest' }), []);
  await $init;
  const { files, imports } = generate(component, {
    name: 'guest',
    instantiation: { tag: 'sync' },
    noNodejsCompat: true,
    noTypescript: true,
    map: [],
  });
  const named = new Map(files);
  const modules = new Map<string, object>();
  for (const [name, bytes] of files) {
    if (name.endsWith('.wasm')) modules.set(name, new Module(bytes));
  }
  const glue = new TextDecoder().decode(named.get('guest.js'));
  const script = glue
    .replace('export function instantiate', 'function instantiate')
    .replace(/^export const [\s\S]*/m, '');
  const realm = createContext({ TextDecoder, TextEncoder });
  const instantiate = new Script(`${script}\ninstantiate`).runInContext(realm) as Instantiate;
  return {
    imports,
    instantiate: (wasi) =>
      instantiate((name) => {
        const module = modules.get(name);
        if (module === undefined) throw new Error(`there is no core module ${name}`);
        return module;
      }, wasi),
  };
}
