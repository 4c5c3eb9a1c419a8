// The functions that are added to a module: each does what one instruction did, after asking the host or with
// pauses in which the engine can end the thread. V8's baseline code looks whether it should end where functions
// begin, and in loops only once in a while; so what matters is that there is a call before what takes long.

import { GrowthRequest } from '../../../bridge/growth-import.js';
import { unsigned } from './byte-writer.js';

/** How much is filled or copied between two pauses: a few milliseconds' worth. */
export const CHUNK_BYTES = 4 * 1024 * 1024;

const I32 = 0x7f;
const WASM_PAGE_BYTES = 65_536;

/** Functions that a helper calls, by their index in the rewritten module. */
export interface Callees {
  readonly grow: number;
  readonly pause: number;
}

/** A type as the type section has it, and a body as the code section has it, without its length. */
export interface HelperFunction {
  readonly type: readonly number[];
  body(callees: Callees): readonly number[];
}

/**
 * Does nothing when its argument is 0, as it always is: calling it is the pause. Of functions that call nothing, V8's
 * optimised code leaves the look out; this one might call itself.
 */
export const PAUSE: HelperFunction = {
  type: functionType([[I32]], []),
  body: ({ pause }) => code([...get(0), ...branch([...get(0), ...constant(1), SUBTRACT, ...call(pause)])]),
};

/** Instructions that call the pause, whose index in the rewritten module is `index`. */
export function callPause(index: number): number[] {
  return [...constant(0), ...call(index)];
}

/** `memory.grow` of memory `index`: pages to the size before, or -1. */
export function growMemory(index: number): HelperFunction {
  const memory = unsigned(index);
  return growth({
    amount: 0,
    type: functionType([[I32]], [[I32]]),
    size: [0x3f, ...memory],
    grow: [...get(0), 0x40, ...memory],
    claim: GrowthRequest.claimPages,
    release: GrowthRequest.releasePages,
  });
}

/** `table.grow` of table `index`, whose reference type has the bytes `element`. */
export function growTable(index: number, element: Uint8Array): HelperFunction {
  const table = unsigned(index);
  return growth({
    amount: 1,
    type: functionType([[...element], [I32]], [[I32]]),
    size: [0xfc, 0x10, ...table],
    grow: [...get(0), ...get(1), 0xfc, 0x0f, ...table],
    claim: GrowthRequest.claimElements,
    release: GrowthRequest.releaseElements,
  });
}

/** `memory.fill` of memory `index`. */
export function fillMemory(index: number): HelperFunction {
  const [at, value, length] = [0, 1, 2];
  const fill = [0xfc, 0x0b, ...unsigned(index)];
  const whole = [...get(at), ...get(value), ...get(length), ...fill];
  return {
    type: functionType([[I32], [I32], [I32]], []),
    body: ({ pause }) =>
      code([
        ...unlessShortOrOutside(
          length,
          [[at, index]],
          [
            ...whileLong(length, [
              ...callPause(pause),
              ...[...get(at), ...get(value), ...constant(CHUNK_BYTES), ...fill],
              ...advance(at, ADD),
              ...advance(length, SUBTRACT),
            ]),
          ],
        ),
        ...whole,
      ]),
  };
}

/** `memory.copy` to memory `to` from memory `from`. They may be one memory, also when their indices differ. */
export function copyMemory(to: number, from: number): HelperFunction {
  const [target, source, length] = [0, 1, 2];
  const copy = [0xfc, 0x0a, ...unsigned(to), ...unsigned(from)];
  const whole = [...get(target), ...get(source), ...get(length), ...copy];
  return {
    type: functionType([[I32], [I32], [I32]], []),
    body: ({ pause }) => {
      const forward = whileLong(length, [
        ...callPause(pause),
        ...[...get(target), ...get(source), ...constant(CHUNK_BYTES), ...copy],
        ...advance(target, ADD),
        ...advance(source, ADD),
        ...advance(length, SUBTRACT),
      ]);
      const backward = whileLong(length, [
        ...callPause(pause),
        ...advance(length, SUBTRACT),
        ...[...get(target), ...get(length), ADD, ...get(source), ...get(length), ADD],
        ...[...constant(CHUNK_BYTES), ...copy],
      ]);
      // Where the two ranges overlap, what would be overwritten is copied first.
      const chunks = [...get(target), ...get(source), I32_LE_U, ...branch(forward, backward)];
      const ranges = [
        [target, to],
        [source, from],
      ] as const;
      return code([...unlessShortOrOutside(length, ranges, chunks), ...whole]);
    },
  };
}

interface Growth {
  /** The parameter that says by how much. */
  readonly amount: number;
  readonly type: readonly number[];
  /** Instructions that leave the present size. */
  readonly size: readonly number[];
  /** Instructions that grow, and leave the size before or -1. */
  readonly grow: readonly number[];
  readonly claim: GrowthRequest;
  readonly release: GrowthRequest;
}

function growth({ amount, type, size, grow, claim, release }: Growth): HelperFunction {
  const before = amount + 1;
  const ask = (request: GrowthRequest, grower: number) => [
    ...constant(request),
    ...get(amount),
    ...call(grower),
  ];
  return {
    type,
    body: (callees) =>
      code(
        [
          ...[...get(amount), I32_EQZ, ...branch([...size, RETURN])],
          ...[...ask(claim, callees.grow), I32_EQZ, ...branch([...MINUS_ONE, RETURN])],
          ...[...grow, ...tee(before), ...MINUS_ONE, I32_NE, ...branch([...get(before), RETURN])],
          ...[...ask(release, callees.grow), DROP],
          ...MINUS_ONE,
        ],
        [1, 1, I32],
      ),
  };
}

/**
 * Skips `instructions` when `length` is one chunk at most, or when a range reaches outside its memory: then nothing
 * may be written, and the whole instruction that follows traps.
 */
function unlessShortOrOutside(
  length: number,
  ranges: readonly (readonly [address: number, memory: number])[],
  instructions: readonly number[],
): number[] {
  const outside = ranges.flatMap(([address, memory]) => [
    ...[...get(address), I64_EXTEND_I32_U, ...get(length), I64_EXTEND_I32_U, I64_ADD],
    ...[0x3f, ...unsigned(memory), I64_EXTEND_I32_U, 0x42, ...signed(WASM_PAGE_BYTES), I64_MULTIPLY],
    ...[I64_GT_U, I32_OR],
  ]);
  const short = [...get(length), ...constant(CHUNK_BYTES), I32_LE_U];
  return [0x02, 0x40, ...short, ...outside, 0x0d, 0, ...instructions, END];
}

/** Repeats `instructions`, which shorten `length` by a chunk, as long as more than a chunk is left. */
function whileLong(length: number, instructions: readonly number[]): number[] {
  const again = [...get(length), ...constant(CHUNK_BYTES), I32_GT_U, 0x0d, 0];
  return [0x03, 0x40, ...instructions, ...again, END];
}

const END = 0x0b;
const RETURN = 0x0f;
const DROP = 0x1a;
const I32_EQZ = 0x45;
const I32_NE = 0x47;
const I32_GT_U = 0x4b;
const I32_LE_U = 0x4d;
const I64_GT_U = 0x56;
const ADD = 0x6a;
const SUBTRACT = 0x6b;
const I32_OR = 0x72;
const I64_ADD = 0x7c;
const I64_MULTIPLY = 0x7e;
const I64_EXTEND_I32_U = 0xad;
const MINUS_ONE = constant(-1);

function get(local: number): number[] {
  return [0x20, local];
}

function tee(local: number): number[] {
  return [0x22, local];
}

function constant(value: number): number[] {
  return [0x41, ...signed(value)];
}

function call(index: number): number[] {
  return [0x10, ...unsigned(index)];
}

function advance(local: number, operation: number): number[] {
  return [...get(local), ...constant(CHUNK_BYTES), operation, 0x21, local];
}

function branch(then: readonly number[], otherwise?: readonly number[]): number[] {
  return [0x04, 0x40, ...then, ...(otherwise === undefined ? [] : [0x05, ...otherwise]), END];
}

function functionType(parameters: readonly number[][], results: readonly number[][]): number[] {
  return [0x60, ...[parameters, results].flatMap((types) => [...unsigned(types.length), ...types.flat()])];
}

function code(instructions: readonly number[], locals: readonly number[] = [0]): number[] {
  return [...locals, ...instructions, END];
}

function signed(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest < -0x40 || rest > 0x3f) {
    bytes.push((rest & 0x7f) | 0x80);
    rest >>= 7;
  }
  bytes.push(rest & 0x7f);
  return bytes;
}
