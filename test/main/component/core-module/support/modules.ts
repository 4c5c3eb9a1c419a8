// Core modules for tests: from text through wabt, or byte by byte where that assembler knows less than the engine.

import { setFlagsFromString } from 'node:v8';
import wabt from 'wabt';
import { GROWTH_IMPORT } from '#src/bridge/growth-import.js';
import { limitCoreModule } from '#src/main/component/core-module/limit-core-module.js';

/** What an engine can do beyond its defaults, by Node's version: other versions can do it, or not at all. */
const ENGINE_SETTINGS: Readonly<Record<string, readonly string[]>> = {
  20: ['extended-const', 'relaxed-simd'],
  22: ['exnref'],
  24: ['exnref'],
};
for (const setting of ENGINE_SETTINGS[process.versions.node.split('.')[0] ?? ''] ?? []) {
  setFlagsFromString(`--experimental-wasm-${setting}`);
}

const toolkit = await wabt();

/** Assembles the module whose items are `items`. */
export function assemble(items: string): Uint8Array {
  const features = {
    exceptions: true,
    threads: true,
    multi_value: true,
    tail_call: true,
    bulk_memory: true,
    reference_types: true,
    simd: true,
    relaxed_simd: true,
    sat_float_to_int: true,
    sign_extension: true,
    mutable_globals: true,
    extended_const: true,
  };
  const module = toolkit.parseWat('module.wat', `(module ${items})`, features);
  try {
    return module.toBinary({}).buffer;
  } finally {
    module.destroy();
  }
}

/** A section of the binary format: its entries, each already in bytes. */
export function section(id: number, entries: readonly (readonly number[])[]): number[] {
  const content = [...unsigned(entries.length), ...entries.flat()];
  return [id, ...unsigned(content.length), ...content];
}

/** A function's body: no locals, then `instructions` and their end. */
export function body(...instructions: number[]): number[] {
  return [...unsigned(instructions.length + 2), 0, ...instructions, 0x0b];
}

/** A binary module of these sections. */
export function binary(...sections: readonly number[][]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...sections.flat()]);
}

export function unsigned(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}

/** Whether the engine takes it. */
export function isValid(bytes: Uint8Array): boolean {
  return WebAssembly.validate(bytes);
}

type Exports = Record<string, CallableFunction>;
type Imports = Record<string, Record<string, unknown>>;

export function instantiate(bytes: Uint8Array, imports: Imports = {}): Exports {
  const module = new WebAssembly.Module(bytes);
  return new WebAssembly.Instance(module, imports).exports as Exports;
}

/** A growth host that answers `answer`, and remembers what it was asked. */
export function growthHost(answer: (request: number, amount: number) => number = () => 1) {
  const asked: [request: number, amount: number][] = [];
  const grow = (request: number, amount: number): number => {
    asked.push([request, amount >>> 0]);
    return answer(request, amount >>> 0);
  };
  return { asked, imports: { [GROWTH_IMPORT.module]: { [GROWTH_IMPORT.name]: grow } } };
}

/** The module before and after, both instantiated; every growth is granted. */
export function both(bytes: Uint8Array, imports: () => Imports = () => ({})) {
  const limited = limitCoreModule(bytes).bytes;
  return [
    instantiate(bytes, imports()),
    instantiate(limited, { ...imports(), ...growthHost().imports }),
  ] as const;
}
