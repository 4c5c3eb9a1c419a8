// The thread that moves the log into the file: it waits for the disk, which the main thread is not to do.

import { parentPort, workerData } from 'node:worker_threads';
import Libsql from 'libsql';
import { describe } from '../../../bridge/errors.js';

/** `end` closes the thread. */
export type CheckpointRequest = 'checkpoint' | 'end';

/** What a checkpoint came to: `logPages` in the log, of which `movedPages` are in the file now. */
export type CheckpointAnswer =
  | { readonly logPages: number; readonly movedPages: number }
  | { readonly failure: string };

const connection = new Libsql(String(workerData), { timeout: 0 });

parentPort?.on('message', (request: CheckpointRequest) => {
  if (request === 'end') {
    connection.close();
    parentPort?.close();
    return;
  }
  let answer: CheckpointAnswer;
  try {
    // Prepared anew each time: a pragma does its work when its first row is read. Passive: nobody waits for it.
    const [row] = connection.pragma('wal_checkpoint(PASSIVE)') as { log: number; checkpointed: number }[];
    answer = { logPages: row?.log ?? 0, movedPages: row?.checkpointed ?? 0 };
  } catch (error) {
    answer = { failure: describe(error) };
  }
  parentPort?.postMessage(answer);
});
