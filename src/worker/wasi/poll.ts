// wasi:io/poll: waiting. Streams here are always ready, so all there is to wait for is time.

import type * as declared from '@bytecodealliance/preview2-shim/interfaces/wasi-io-poll';
import type { WasiContext } from './context.js';
import type { Hosted } from './result.js';

// Never asleep for longer at once, so that a host which wakes late, or not at all, is noticed.
const LONGEST_SLEEP_NS = 1_000_000_000n;

/** Ready at once: the readiness of everything that is not a timer. */
export const ALWAYS_READY = 0n;

/** Something that is ready from an instant on. */
export class Pollable implements Hosted<declared.Pollable> {
  /** When it becomes ready, on the clock of the run. */
  readonly readyAtNs: bigint;
  readonly #context: WasiContext;

  constructor(context: WasiContext, readyAtNs: bigint) {
    if (!context.handles.take('pollable')) context.trap('too many pollables held open');
    this.#context = context;
    this.readyAtNs = readyAtNs;
  }

  ready(): boolean {
    return this.readyAtNs <= this.#context.nowNs();
  }

  block(): void {
    sleepUntil(this.#context, this.readyAtNs);
  }

  [Symbol.dispose](): void {
    this.#context.handles.release('pollable');
  }
}

/** Sleeps, in bounded pieces, until the clock of the run has reached an instant. */
function sleepUntil(context: WasiContext, instantNs: bigint): void {
  for (;;) {
    const leftNs = instantNs - context.nowNs();
    if (leftNs <= 0n) return;
    context.sleep(leftNs < LONGEST_SLEEP_NS ? leftNs : LONGEST_SLEEP_NS);
  }
}

/** The function `poll`. */
export function createPoll(context: WasiContext): { poll(list: readonly Pollable[]): Uint32Array } {
  return {
    poll(list) {
      const [first] = list;
      if (first === undefined) return context.trap('poll of an empty list');
      if (list.length * Uint32Array.BYTES_PER_ELEMENT > context.host.limits.allocationBytes) {
        return context.trap('poll of a list that is too long');
      }
      let earliestNs = first.readyAtNs;
      for (const { readyAtNs } of list) if (readyAtNs < earliestNs) earliestNs = readyAtNs;
      sleepUntil(context, earliestNs);
      const nowNs = context.nowNs();
      const ready: number[] = [];
      list.forEach(({ readyAtNs }, index) => {
        if (readyAtNs <= nowNs) ready.push(index);
      });
      return Uint32Array.from(ready);
    },
  };
}
