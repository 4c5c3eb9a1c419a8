// Whether there is stack left for the host's own code. A guest may call from the very end of the stack; parts of the
// engine and of Node do not throw there but end the whole process (compiling a regular expression is one).

/** `i64` values that are held at once in one frame of the probe. */
const VALUES_PER_FRAME = 512;
const FRAMES = 64;

/** What host code finds at least, in bytes. */
export const HEADROOM_BYTES = FRAMES * VALUES_PER_FRAME * 8;

/**
 * A function that throws a RangeError when less than {@link HEADROOM_BYTES} of stack are left; else it takes some
 * 300 ns and touches none of it.
 *
 * It calls itself. Each of its frames has room for all the values of a branch that is never taken; the engine looks
 * for the whole frame when it enters a function. The values come from a function that it cannot see into, and go
 * somewhere, so that optimising takes none away.
 */
export function stackProbe(): () => void {
  const module = new WebAssembly.Module(probeModule());
  const { exports } = new WebAssembly.Instance(module, { '': { '': () => 0n } });
  const descend = exports['descend'] as (frames: number) => void;
  return () => descend(FRAMES);
}

/**
 * ```wat
 * (module
 *   (import "" "" (func $value (result i64)))
 *   (global $sink (mut i64) (i64.const 0))
 *   (func $descend (export "descend") (param $frames i32)
 *     (if (i32.eqz (local.get $frames)) (then return))
 *     (if (i32.eq (local.get $frames) (i32.const -1))
 *       (then (global.set $sink (i64.add (call $value) (i64.add (call $value) …)))))
 *     (call $descend (i32.sub (local.get $frames) (i32.const 1)))))
 * ```
 */
function probeModule(): Uint8Array<ArrayBuffer> {
  const neverTaken = Buffer.concat([
    Buffer.alloc(2 * VALUES_PER_FRAME, Buffer.of(0x10, 0)), // call $value
    Buffer.alloc(VALUES_PER_FRAME - 1, 0x7c), // i64.add
    Buffer.of(0x24, 0), // global.set $sink
  ]);
  const descend = Buffer.concat([
    Buffer.of(0), // no locals
    Buffer.of(0x20, 0, 0x45, 0x04, 0x40, 0x0f, 0x0b),
    Buffer.of(0x20, 0, 0x41, 0x7f, 0x46, 0x04, 0x40),
    neverTaken,
    Buffer.of(0x0b, 0x20, 0, 0x41, 1, 0x6b, 0x10, 1, 0x0b),
  ]);
  return Buffer.concat([
    Buffer.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0),
    section(1, Buffer.of(2, 0x60, 0, 1, 0x7e, 0x60, 1, 0x7f, 0)),
    section(2, Buffer.of(1, 0, 0, 0, 0)),
    section(3, Buffer.of(1, 1)),
    section(6, Buffer.of(1, 0x7e, 1, 0x42, 0, 0x0b)),
    section(7, Buffer.concat([Buffer.of(1), name('descend'), Buffer.of(0, 1)])),
    section(10, Buffer.concat([Buffer.of(1), unsigned(descend.length), descend])),
  ]);
}

function section(id: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.of(id), unsigned(content.length), content]);
}

function name(text: string): Buffer {
  return Buffer.concat([Buffer.of(text.length), Buffer.from(text)]);
}

/** LEB128, for lengths below 2 to the power of 14. */
function unsigned(value: number): Buffer {
  return value < 0x80 ? Buffer.of(value) : Buffer.of((value & 0x7f) | 0x80, value >>> 7);
}
