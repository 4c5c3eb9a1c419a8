// What each pool thread loads: it takes runs, one at a time, and gives back how they ended.

import { setPriority } from 'node:os';
import { ControlBlock } from '../bridge/control-block.js';
import { describe, type WireError } from '../bridge/errors.js';
import type { RunNotice, RunOutcome, RunTask } from '../bridge/messages.js';
import { GlueRealm } from './glue-realm.js';
import { GuestRun } from './guest-run.js';
import { lockDown } from './lockdown.js';
import { PluginCache } from './plugin-cache.js';
import { ThreadClock } from './thread-clock.js';

/** Of the thread, from 0 to 19. */
const NICENESS = 10;

yieldToMain();
const clock = new ThreadClock();
const realm = new GlueRealm();
const plugins = new PluginCache(realm);
lockDown();

/** Does one run. Never rejects: a run that fails is an outcome with an error. */
export default async function run(task: RunTask): Promise<RunOutcome> {
  const control = new ControlBlock(task.control);
  control.start({ osThreadId: clock.osThreadId, cpuTime: clock.cpuTime() });
  task.port.postMessage({ type: 'STARTED' } satisfies RunNotice);
  const error = attempt(task, new GuestRun(task, control, realm));
  control.finish(clock.cpuTime());
  task.port.close();
  await turnEventLoop();
  return error === undefined ? {} : { error };
}

/** Does nothing: a thread that has been asked for it is there for the next run. */
export function warm(): void {}

function attempt(task: RunTask, guest: GuestRun): WireError | undefined {
  try {
    return guest.execute(plugins.get(task.plugin, task.compiledGlue));
  } catch (thrown) {
    return { code: 'INTERNAL', details: { reason: describe(thrown) } };
  }
}

/** A guest that spins must not keep the main thread, which serves every other run, from the processor. */
function yieldToMain(): void {
  // Elsewhere it would be the whole process that yields.
  if (process.platform !== 'linux') return;
  try {
    setPriority(NICENESS);
  } catch {
    // Where that is forbidden, the two share the processor evenly.
  }
}

/** The pool's threads sleep between tasks without turning their event loop; a closed port is freed only when it turns. */
function turnEventLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
