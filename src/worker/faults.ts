// What a thrown thing means. Everything that can come out of glue and guest ends here: traps of the engine,
// errors of the glue, a returned error, and values no one expected.

import { cleanText } from '../bridge/clean-text.js';
import { describe, type ErrorDetails, SandpoolError, type WireError } from '../bridge/errors.js';

const MESSAGE_CHARACTERS = 64 * 1024;

/** What a trap's reason begins with when the host's own functions found no stack left. */
export const STACK_EXHAUSTED = 'call stack exhausted';

/** Where in a run something was thrown. */
export type RunPhase = 'instantiate' | 'exec';

/** Turns whatever a run threw into the error its user sees. Never throws itself. */
export function classifyThrown(thrown: unknown, phase: RunPhase): WireError {
  if (thrown instanceof SandpoolError) return thrown.toWire();
  const name = ownText(thrown, 'name');
  const message = ownText(thrown, 'message');
  if (isReturnedError(thrown)) return { code: 'PLUGIN_FAILED', details: { message: clean(thrown.payload) } };
  if (name === 'RangeError' && message.includes('call stack'))
    return { code: 'STACK_EXHAUSTED', details: {} };
  if (name === 'RangeError' && /allocate|out of memory/i.test(message)) {
    return { code: 'HOST_OUT_OF_MEMORY', details: { reason: clean(message) } };
  }
  if (name === 'RuntimeError') return trapped(message.replace(/^wasm trap: /, ''), phase);
  if (Object.prototype.toString.call(thrown) === '[object WebAssembly.Exception]') {
    return trapped('an exception was thrown and not caught', phase);
  }
  return misbehaved(message || describe(thrown), phase);
}

/** The guest trapped, or did what the host ends with a trap. */
export function trapped(reason: string, phase: RunPhase): WireError {
  if (reason.startsWith(STACK_EXHAUSTED)) return { code: 'STACK_EXHAUSTED', details: {} };
  return { code: 'PLUGIN_TRAPPED', details: { reason: clean(reason), phase } satisfies ErrorDetails };
}

/** The guest broke a rule of the canonical ABI. */
export function misbehaved(reason: string, phase: RunPhase): WireError {
  return { code: 'PLUGIN_MISBEHAVED', details: { reason: clean(reason), phase } satisfies ErrorDetails };
}

/** `exec` returned an error: the glue throws it as its own class, with the text as `payload`. */
function isReturnedError(thrown: unknown): thrown is { payload: string } {
  return (
    typeof thrown === 'object' &&
    thrown !== null &&
    Object.hasOwn(thrown, 'payload') &&
    typeof (thrown as { payload: unknown }).payload === 'string'
  );
}

function ownText(thrown: unknown, key: 'name' | 'message'): string {
  if (typeof thrown !== 'object' || thrown === null) return '';
  try {
    const value = (thrown as Record<string, unknown>)[key];
    return typeof value === 'string' ? value : '';
  } catch {
    return '';
  }
}

function clean(text: string): string {
  return cleanText(text, MESSAGE_CHARACTERS);
}
