// The thread that signatures are checked on. It takes one question after another and answers in that order.

import { parentPort } from 'node:worker_threads';
import { loadBls, verifyBls } from './bls.js';

/** A signature to check. */
export interface BlsQuestion {
  readonly publicKey: Uint8Array;
  readonly signature: Uint8Array;
  readonly message: Uint8Array;
}

/** Whether it is good, or why that cannot be told. */
export type BlsAnswer = { readonly isValid: boolean } | { readonly problem: string };

const port = parentPort;
if (port === null) throw new Error('this is to be started as a thread');

// While the network is waited for, so that the first answer need not wait for this.
let turn: Promise<unknown> = loadBls();
port.on('message', (question: BlsQuestion) => {
  turn = turn.then(() => answer(question)).then((message) => port.postMessage(message));
});

async function answer({ publicKey, signature, message }: BlsQuestion): Promise<BlsAnswer> {
  try {
    return { isValid: await verifyBls(publicKey, signature, message) };
  } catch (error) {
    return { problem: String(error) };
  }
}
