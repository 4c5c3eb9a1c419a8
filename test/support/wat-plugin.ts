// Guests written in WAT, for tests of single behaviours: a core module that is a 0.1 plugin once it is wrapped.

import { componentEmbed, componentNew } from '@bytecodealliance/jco';
import wabt from 'wabt';
import { pluginWit, type WitParts } from './dummy-component.js';

const toolkit = wabt();

/** What a guest does, in WAT. All parts have defaults that make it return ok. */
export interface WatGuest extends WitParts {
  /** The body of `exec`; it leaves the address of its result: a byte, 0 ok or 1 error, then address and length of the text. */
  readonly body?: string;
  /** Further items of the module: functions, data, a start function. */
  readonly items?: string;
  /** Further imports of the module. */
  readonly imports?: string;
  /** The body of `cabi_realloc (param $old i32) (param $oldSize i32) (param $align i32) (param $size i32) (result i32)`. */
  readonly realloc?: string;
}

const EXEC_PARAMETERS = 'i32 '.repeat(13);

const BUMP = `
  (local $at i32)
  (local.set $at (i32.and (i32.add (global.get $heap) (i32.const 15)) (i32.const -16)))
  (global.set $heap (i32.add (local.get $at) (local.get $size)))
  (if (i32.gt_u (global.get $heap) (i32.mul (memory.size) (i32.const 65536)))
    (then (drop (memory.grow (i32.add (i32.div_u (local.get $size) (i32.const 65536)) (i32.const 1))))))
  (local.get $at)`;

/** Address of a result that is ok; the bytes there are zero. */
export const OK = '(i32.const 8)';

/** WAT that calls the canister; the reply (or error) is left at address 64. `callType` is 0 update, 1 query. */
export function callCanister(callType: 0 | 1 = 1): string {
  return `(call $canister-call (i32.const 16) (i32.const 4) (i32.const 0) (i32.const 0) (i32.const ${callType}) (i32.const 0) (i64.const 0) (i32.const 64))`;
}

/** WAT for a loop that runs `body` `times` times. */
export function repeat(times: number, body: string): string {
  return `
  (local.set $count (i32.const ${times}))
  (loop $again ${body}
    (br_if $again (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))`;
}

/** WAT for a loop that never ends. */
export const LOOP = '(loop $forever (br $forever))';

/** Builds the guest as a component. */
export async function watPlugin(guest: WatGuest = {}): Promise<Uint8Array> {
  const { body = OK, items = '', imports = '', realloc = BUMP } = guest;
  const wat = `(module
    (import "$root" "canister-call" (func $canister-call (param i32 i32 i32 i32 i32 i32 i64 i32)))
    ${imports}
    (memory (export "memory") 1)
    (global $heap (mut i32) (i32.const 4096))
    (data (i32.const 16) "echo")
    (func (export "cabi_realloc") (param $old i32) (param $oldSize i32) (param $align i32) (param $size i32) (result i32)
      ${realloc})
    (func (export "exec") (param ${EXEC_PARAMETERS}) (result i32) (local $count i32)
      ${body})
    ${items})`;
  const module = (await toolkit).parseWat('guest.wat', wat, {
    bulk_memory: true,
    sign_extension: true,
    memory64: true,
    threads: true,
  });
  const binary = module.toBinary({}).buffer;
  module.destroy();
  const embedded = await componentEmbed({ binary, witSource: pluginWit(guest), world: 'sync-plugin' });
  return componentNew(embedded, []);
}
