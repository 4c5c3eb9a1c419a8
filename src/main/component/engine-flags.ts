// Engine settings that guests must run under.

import { setFlagsFromString } from 'node:v8';

/**
 * Makes guests stoppable; to be called before the first of their modules is compiled.
 *
 * In a loop without calls around `memory.fill` or `memory.grow`, V8 looks whether it should stop only when a
 * function's tier-up budget runs out; with the default budget that can be many seconds, in which the thread
 * cannot be ended. A small budget makes every kill prompt. It holds for the whole process, and WebAssembly that
 * is instantiated later takes longer to warm up, so what the host itself uses is best loaded before.
 */
export function makeGuestsStoppable(): void {
  setFlagsFromString('--wasm-tiering-budget=1000');
}
