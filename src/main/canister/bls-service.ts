// Checks of signatures, off this thread: a pairing takes milliseconds in which nothing else would be served.
// One thread for all clients of the process, started with the first and ended with the last.

import { Worker } from 'node:worker_threads';
import { describe, SandpoolError } from '../../bridge/errors.js';
import type { BlsQuestion, BlsVerify } from './bls.js';
import { rememberBls } from './bls-memory.js';
import type { BlsAnswer } from './bls-thread.js';

const THREAD_ENTRY = new URL('../../threads/bls.cjs', import.meta.url);

const ANSWERS_A_TURN = 8;

interface Asker {
  resolve(isValid: boolean): void;
  reject(error: SandpoolError): void;
}

/** A verifier that a client holds until it is closed. */
export interface BlsLease {
  readonly verify: BlsVerify;
  /** Ends the thread when no other client holds it. Further calls do nothing. */
  release(): Promise<void>;
}

/** Questions and answers of one thread. It keeps the process alive only while a question is open. */
class BlsThread {
  readonly #worker = new Worker(THREAD_ENTRY, { env: {}, execArgv: [] });
  readonly #askers: Asker[] = [];
  readonly #answers: boolean[] = [];

  constructor() {
    this.#worker.unref();
    this.#worker.on('message', (answer: BlsAnswer) => this.#answer(answer));
    this.#worker.on('error', (error) => this.#fail(describe(error)));
    this.#worker.on('exit', () => this.#fail('its thread has ended'));
  }

  ask(question: BlsQuestion): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.#askers.push({ resolve, reject });
      this.#worker.ref();
      this.#worker.postMessage(question);
    });
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }

  #answer(answer: BlsAnswer): void {
    if (this.#answers.push(...answer) === answer.length) this.#passOn();
  }

  /** A few in one turn: what each asker goes on to do takes time that others need too. */
  #passOn(): void {
    for (const isValid of this.#answers.splice(0, ANSWERS_A_TURN)) this.#askers.shift()?.resolve(isValid);
    if (this.#answers.length > 0) setImmediate(() => this.#passOn());
    // Once it is being ended, somebody waits for that, perhaps in a process that nothing else keeps alive.
    else if (this.#askers.length === 0 && thread === this) this.#worker.unref();
  }

  #fail(reason: string): void {
    if (thread === this) thread = undefined;
    for (const asker of this.#askers.splice(0)) asker.reject(unchecked(reason));
  }
}

let thread: BlsThread | undefined;
let leases = 0;

// What was found good stays known when the thread has ended: it is true for ever.
const verify = rememberBls((publicKey, signature, message) => {
  thread ??= new BlsThread();
  return thread.ask({ publicKey, signature, message });
});

/** Holds the process's verifier, and starts its thread unless it runs already. */
export function leaseBls(): BlsLease {
  leases += 1;
  thread ??= new BlsThread();
  let held = true;
  return {
    verify,
    release: async () => {
      if (!held) return;
      held = false;
      leases -= 1;
      if (leases > 0) return;
      const last = thread;
      thread = undefined;
      await last?.end();
    },
  };
}

function unchecked(reason: string): SandpoolError {
  return new SandpoolError('INTERNAL', { reason: `a signature could not be checked: ${reason}` });
}
