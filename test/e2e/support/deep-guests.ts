// Guests that call themselves as deep as their parameter says and return ok, with frames of several kinds; as
// fixtures/wat/recurses.wat does, whose frames are small.

import { buildGuest, buildGuestFrom } from '../../../fixtures/guests.mjs';
import type { GuestCase } from './two-hosts.js';

const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

/** What every level has, and what is added up after the level below has returned. */
const WIDE = 50;
const FLOATS = 20;
const SPENT = 100;

/** Fifty 64-bit parameters, all of which are needed once more after the call. */
const WIDE_FRAMES = `;; Calls itself with fifty parameters.

(func $run (result i32)
  (drop (call $deeper (call $parameter (i32.const -1)) ${range(WIDE)
    .map((index) => `(i64.const ${index})`)
    .join(' ')}))
  (call $ok))

(func $deeper (param $left i32) ${range(WIDE)
  .map((index) => `(param $p${index} i64)`)
  .join(' ')} (result i64)
  (if (result i64) (i32.eqz (local.get $left))
    (then (i64.const 0))
    (else
      (call $deeper (i32.sub (local.get $left) (i32.const 1)) ${range(WIDE)
        .map((index) => `(i64.add (local.get $p${index}) (i64.const 1))`)
        .join(' ')})
      ${range(WIDE)
        .map((index) => `(i64.xor (local.get $p${index}))`)
        .join(' ')})))
`;

/** Twenty floating-point locals, read from memory, that outlive a call through a table. */
const FLOAT_FRAMES = `;; Calls itself through a table, with twenty floating-point locals.

(func $run (result i32)
  (drop (call $deeper (call $parameter (i32.const -1))))
  (call $ok))

(type $level (func (param i32) (result f64)))
(table $levels 1 funcref)
(elem (i32.const 0) $deeper)

(func $deeper (param $left i32) (result f64)
  ${range(FLOATS)
    .map((index) => `(local $f${index} f64)`)
    .join(' ')}
  ${range(FLOATS)
    .map((index) => `(local.set $f${index} (f64.load (i32.const ${2048 + 8 * index})))`)
    .join('\n  ')}
  (if (result f64) (i32.eqz (local.get $left))
    (then (f64.const 0))
    (else
      (call_indirect (type $level) (i32.sub (local.get $left) (i32.const 1)) (i32.const 0))
      ${range(FLOATS)
        .map((index) => `(f64.add (local.get $f${index}))`)
        .join(' ')})))
`;

/** A hundred locals of which none outlives the call, as compilers that do not optimise leave them. */
const SPENT_LOCALS = `;; Calls itself with a hundred locals that are used once, before the call.

(func $run (result i32)
  (drop (call $deeper (call $parameter (i32.const -1))))
  (call $ok))

(func $deeper (param $left i32) (result i32)
  ${range(SPENT)
    .map((index) => `(local $s${index} i32)`)
    .join(' ')}
  (local.set $s0 (local.get $left))
  ${range(SPENT - 1)
    .map(
      (index) =>
        `(local.set $s${index + 1} (i32.xor (local.get $s${index}) (i32.load (i32.const ${2048 + 4 * index}))))`,
    )
    .join('\n  ')}
  (i32.store (i32.const 512) (local.get $s${SPENT - 1}))
  (if (result i32) (i32.eqz (local.get $left))
    (then (i32.const 0))
    (else (i32.add (call $deeper (i32.sub (local.get $left) (i32.const 1))) (i32.const 1)))))
`;

/** The recursion of fixtures/wat/recurses.wat in the allocator, which the host calls to hand over a call's reply. */
const FRAMES_BELOW_THE_HOST = `;; Recurses in its allocator, while the host hands over a reply.

(global $deep (mut i32) (i32.const 0))
(global $next (mut i32) (i32.const 65536))

(func $run (result i32)
  (global.set $deep (call $parameter (i32.const -1)))
  (if (call $query (text "count") (text "DIDL\\00\\00")) (then (return (call $error (call $reply)))))
  (call $ok))

(func $realloc (param $old i32) (param $old-size i32) (param $align i32) (param $size i32) (result i32)
  (local $at i32)
  (drop (call $deeper (global.get $deep)))
  (local.set $at (global.get $next))
  (global.set $next (i32.and (i32.add (i32.add (local.get $at) (local.get $size)) (i32.const 15)) (i32.const -16)))
  (local.get $at))

(func $deeper (param $left i32) (result i32)
  (if (result i32) (i32.eqz (local.get $left))
    (then (i32.const 0))
    (else (i32.add (call $deeper (i32.sub (local.get $left) (i32.const 1))) (i32.const 1)))))
`;

interface DeepGuest {
  readonly frames: string;
  /** How many levels fit on icp-cli's stack. */
  readonly levels: number;
  readonly build: () => Promise<Uint8Array>;
}

const DEEP_GUESTS: readonly DeepGuest[] = [
  { frames: 'small', levels: 16_366, build: () => buildGuest('recurses') },
  { frames: 'fifty-parameters', levels: 446, build: () => buildGuestFrom(WIDE_FRAMES) },
  { frames: 'twenty-floats', levels: 1486, build: () => buildGuestFrom(FLOAT_FRAMES) },
  { frames: 'a-hundred-locals', levels: 16_366, build: () => buildGuestFrom(SPENT_LOCALS) },
  { frames: 'below-the-host', levels: 16_290, build: () => buildGuestFrom(FRAMES_BELOW_THE_HOST) },
];

/** The names of the cases that icp-cli's stack is too small for. */
export const TOO_DEEP_FOR_ICP_CLI: readonly string[] = DEEP_GUESTS.map(({ frames }) => `deeper_${frames}`);

/** Each kind as deep as icp-cli has room for, as `deep_…`, and a twentieth deeper, as `deeper_…`. */
export async function deepCases(): Promise<GuestCase[]> {
  const cases = DEEP_GUESTS.map(async ({ frames, levels, build }) => {
    const component = await build();
    const withDepth = (name: string, depth: number): GuestCase => {
      const file = `parameters/${name}.txt`;
      return { name, component, step: `files: [${file}]`, files: { [file]: String(depth) } };
    };
    return [withDepth(`deep_${frames}`, levels), withDepth(`deeper_${frames}`, Math.ceil(levels * 1.05))];
  });
  return (await Promise.all(cases)).flat();
}
