// Which helper functions a module needs, one for each thing that its slow instructions name, and in which order
// they are added to it.

import {
  copyMemory,
  fillMemory,
  growMemory,
  growTable,
  type HelperFunction,
  PAUSE,
} from './helper-functions.js';
import type { IndexSpaces } from './index-spaces.js';
import type { SlowInstruction } from './slow-instruction.js';

/** The helpers of one module. */
export class HelperPlan {
  readonly #spaces: IndexSpaces;
  readonly #ordinals = new Map<string, number>();
  readonly helpers: HelperFunction[] = [];
  /** Whether a helper asks the host, and the module so imports what answers. */
  asksToGrow = false;

  constructor(spaces: IndexSpaces) {
    this.#spaces = spaces;
  }

  /** Plans what the instruction needs; gives the place among `helpers` of the function to call. */
  require(instruction: SlowInstruction): number {
    const key = keyOf(instruction);
    const planned = this.#ordinals.get(key);
    if (planned !== undefined) return planned;
    // The others call it.
    if (this.helpers.length === 0) {
      this.helpers.push(PAUSE);
      this.#ordinals.set(keyOf({ kind: 'other' }), 0);
    }
    if (instruction.kind === 'other') return 0;
    if (instruction.kind === 'memory.grow' || instruction.kind === 'table.grow') this.asksToGrow = true;
    const ordinal = this.helpers.push(this.#helperFor(instruction)) - 1;
    this.#ordinals.set(key, ordinal);
    return ordinal;
  }

  #helperFor(instruction: Exclude<SlowInstruction, { kind: 'other' }>): HelperFunction {
    switch (instruction.kind) {
      case 'memory.grow':
        return growMemory(instruction.of);
      case 'memory.fill':
        return fillMemory(instruction.of);
      case 'memory.copy':
        return copyMemory(instruction.to, instruction.from);
      case 'table.grow':
        return growTable(instruction.of, this.#spaces.tables[instruction.of] as Uint8Array);
    }
  }
}

function keyOf(instruction: SlowInstruction): string {
  if (instruction.kind === 'other') return instruction.kind;
  if (instruction.kind === 'memory.copy') return `${instruction.kind} ${instruction.to} ${instruction.from}`;
  return `${instruction.kind} ${instruction.of}`;
}
