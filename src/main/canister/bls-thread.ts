// The thread that signatures are checked on. What has come while it was busy it checks together, and answers in the
// order of the questions.

import { parentPort } from 'node:worker_threads';
import { type BlsQuestion, loadBls, verifyBlsTogether } from './bls.js';

/** Whether each of the next signatures is good. When that cannot be told, the thread ends with the error. */
export type BlsAnswer = readonly boolean[];

/** Few enough not to keep the first of them waiting for long. */
const MOST_TOGETHER = 64;

const port = parentPort;
if (port === null) throw new Error('this is to be started as a thread');
const waiting: BlsQuestion[] = [];

// While the network is waited for, so that the first answer need not wait for this.
const loaded = loadBls();
port.on('message', (question: BlsQuestion) => {
  if (waiting.push(question) === 1) setImmediate(answerNext);
});

async function answerNext(): Promise<void> {
  await loaded;
  const questions = waiting.slice(0, MOST_TOGETHER);
  port?.postMessage((await verifyBlsTogether(questions)) satisfies BlsAnswer);
  waiting.splice(0, questions.length);
  if (waiting.length > 0) setImmediate(answerNext);
}
