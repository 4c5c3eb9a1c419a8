// Engine settings that must be in place before any WebAssembly is compiled in the process.

import { setFlagsFromString } from 'node:v8';

// In a loop without calls around `memory.fill` or `memory.grow`, V8 looks whether it should stop only when a
// function's tier-up budget runs out; with the default budget that can be many seconds, in which the thread
// cannot be ended. A small budget makes every kill prompt, at no visible cost.
setFlagsFromString('--wasm-tiering-budget=1000');
