// What a thrown thing means. Everything that can come out of glue and guest ends here: traps of the engine,
// errors of the glue, a returned error, and values no one expected.

import { cleanText } from '../bridge/clean-text.js';
import { describe, type ErrorDetails, SandpoolError, type WireError } from '../bridge/errors.js';

const MESSAGE_CHARACTERS = 64 * 1024;

/** Where in a run something was thrown. */
export type RunPhase = 'instantiate' | 'exec';

/** Turns whatever a run threw into the error its user sees. Never throws itself. */
export function classifyThrown(
  thrown: unknown,
  phase: RunPhase,
  limits: { readonly memoryBytes: number },
): WireError {
  if (thrown instanceof SandpoolError) return thrown.toWire();
  const name = ownText(thrown, 'name');
  const message = ownText(thrown, 'message');
  if (isReturnedError(thrown)) return { code: 'PLUGIN_FAILED', details: { message: clean(thrown.payload) } };
  if (name === 'RangeError' && message.includes('call stack'))
    return { code: 'STACK_EXHAUSTED', details: {} };
  if (message.includes('call stack exhausted')) return { code: 'STACK_EXHAUSTED', details: {} };
  if (/allocate|out of memory/i.test(message) && (name === 'RangeError' || name === 'RuntimeError')) {
    return { code: 'MEMORY_LIMIT_EXCEEDED', details: { limitBytes: limits.memoryBytes } };
  }
  if (name === 'RuntimeError') return trapped(message.replace(/^wasm trap: /, ''), phase);
  if (Object.prototype.toString.call(thrown) === '[object WebAssembly.Exception]') {
    return trapped('an exception was thrown and not caught', phase);
  }
  return { code: 'PLUGIN_MISBEHAVED', details: { reason: clean(message || describe(thrown)), phase } };
}

function trapped(reason: string, phase: RunPhase): WireError {
  return { code: 'PLUGIN_TRAPPED', details: { reason: clean(reason), phase } satisfies ErrorDetails };
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
