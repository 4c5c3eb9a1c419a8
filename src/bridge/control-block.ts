// The control block: the one piece of memory that the worker, the main thread and the watchdog share while
// a run lasts. A run has a block of its own, so nothing of an earlier run (a late wake-up, a stale state)
// can reach a later one on the same thread.

/** What a run is doing. Only its worker moves it. */
export const RunState = { idle: 0, computing: 1, waiting: 2, sleeping: 3, finished: 4 } as const;
export type RunState = (typeof RunState)[keyof typeof RunState];

/** Why a run must end, when it must. The first reason stands. */
export const EndReason = { none: 0, told: 1, computeBudget: 2, wallTime: 3, processMemory: 4 } as const;
export type EndReason = (typeof EndReason)[keyof typeof EndReason];

/**
 * Every field of the block: where it is, its type and unit, who writes it and who reads it.
 * `i32` indexes an Int32Array over the block, `i64` a BigInt64Array; the two never overlap.
 */
export const CONTROL_FIELDS = {
  state: { type: 'i32', index: 0, unit: 'RunState', writer: 'worker', readers: 'watchdog, main' },
  replies: { type: 'i32', index: 1, unit: 'count, wraps', writer: 'main', readers: 'worker (waits on it)' },
  endReason: { type: 'i32', index: 2, unit: 'EndReason', writer: 'watchdog, main', readers: 'worker, main' },
  osThreadId: {
    type: 'i32',
    index: 3,
    unit: 'kernel thread id, 0 when unknown',
    writer: 'worker',
    readers: 'watchdog',
  },
  startedAt: {
    type: 'i64',
    index: 4,
    unit: 'ns, process clock',
    writer: 'worker',
    readers: 'watchdog, main',
  },
  stateSince: {
    type: 'i64',
    index: 5,
    unit: 'ns, process clock',
    writer: 'worker',
    readers: 'watchdog, main',
  },
  waited: { type: 'i64', index: 6, unit: 'ns', writer: 'worker', readers: 'watchdog, main' },
  slept: { type: 'i64', index: 7, unit: 'ns', writer: 'worker', readers: 'watchdog, main' },
  cpuAtStart: {
    type: 'i64',
    index: 8,
    unit: 'ns of thread CPU time, -1 when unknown',
    writer: 'worker',
    readers: 'watchdog, main',
  },
  memoryBytes: {
    type: 'i64',
    index: 9,
    unit: 'bytes of linear memory',
    writer: 'worker',
    readers: 'watchdog, main',
  },
  cpuSeen: {
    type: 'i64',
    index: 10,
    unit: 'ns of thread CPU time, at the last look',
    writer: 'watchdog, worker',
    readers: 'watchdog, main',
  },
} as const;

const BLOCK_BYTES = 11 * 8;

/** Nanoseconds of the monotonic clock that all threads of the process share. */
export function processClock(): bigint {
  return process.hrtime.bigint();
}

/** Typed access to one run's control block, for either side. */
export class ControlBlock {
  readonly buffer: SharedArrayBuffer;
  readonly #i32: Int32Array;
  readonly #i64: BigInt64Array;

  /** Over an existing block, or a new one. */
  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(BLOCK_BYTES)) {
    this.buffer = buffer;
    this.#i32 = new Int32Array(buffer);
    this.#i64 = new BigInt64Array(buffer);
  }

  get state(): RunState {
    return Atomics.load(this.#i32, CONTROL_FIELDS.state.index) as RunState;
  }

  get stateSince(): bigint {
    return Atomics.load(this.#i64, CONTROL_FIELDS.stateSince.index);
  }

  get startedAt(): bigint {
    return Atomics.load(this.#i64, CONTROL_FIELDS.startedAt.index);
  }

  get waited(): bigint {
    return Atomics.load(this.#i64, CONTROL_FIELDS.waited.index);
  }

  get slept(): bigint {
    return Atomics.load(this.#i64, CONTROL_FIELDS.slept.index);
  }

  get cpuAtStart(): bigint {
    return Atomics.load(this.#i64, CONTROL_FIELDS.cpuAtStart.index);
  }

  get osThreadId(): number {
    return Atomics.load(this.#i32, CONTROL_FIELDS.osThreadId.index);
  }

  get memoryBytes(): number {
    return Number(Atomics.load(this.#i64, CONTROL_FIELDS.memoryBytes.index));
  }

  set memoryBytes(bytes: number) {
    Atomics.store(this.#i64, CONTROL_FIELDS.memoryBytes.index, BigInt(bytes));
  }

  /** CPU time of the run's thread when it was last looked at, in nanoseconds. */
  get cpuSeen(): bigint {
    return Atomics.load(this.#i64, CONTROL_FIELDS.cpuSeen.index);
  }

  get endReason(): EndReason {
    return Atomics.load(this.#i32, CONTROL_FIELDS.endReason.index) as EndReason;
  }

  /** Whether the run must end. */
  get expired(): boolean {
    return this.endReason !== EndReason.none;
  }

  /** Worker: the run begins, on this thread. */
  start(thread: { readonly osThreadId: number; readonly cpuTime: bigint }): void {
    const now = processClock();
    Atomics.store(this.#i32, CONTROL_FIELDS.osThreadId.index, thread.osThreadId);
    Atomics.store(this.#i64, CONTROL_FIELDS.cpuAtStart.index, thread.cpuTime);
    Atomics.store(this.#i64, CONTROL_FIELDS.cpuSeen.index, thread.cpuTime);
    Atomics.store(this.#i64, CONTROL_FIELDS.startedAt.index, now);
    Atomics.store(this.#i64, CONTROL_FIELDS.stateSince.index, now);
    Atomics.store(this.#i32, CONTROL_FIELDS.state.index, RunState.computing);
  }

  /** Worker: does `wait` as time spent in `state`, which is added to that state's total. */
  during<Result>(state: typeof RunState.waiting | typeof RunState.sleeping, wait: () => Result): Result {
    const total = state === RunState.waiting ? CONTROL_FIELDS.waited : CONTROL_FIELDS.slept;
    const since = processClock();
    Atomics.store(this.#i64, CONTROL_FIELDS.stateSince.index, since);
    Atomics.store(this.#i32, CONTROL_FIELDS.state.index, state);
    try {
      return wait();
    } finally {
      const now = processClock();
      // The state changes first: a reader in between misses this stretch for a moment, and never counts it twice.
      Atomics.store(this.#i32, CONTROL_FIELDS.state.index, RunState.computing);
      Atomics.store(this.#i64, CONTROL_FIELDS.stateSince.index, now);
      Atomics.add(this.#i64, total.index, now - since);
    }
  }

  /** Watchdog and worker: the thread's CPU clock says `cpuTime`. A reading that comes late changes nothing. */
  sawCpu(cpuTime: bigint): void {
    for (;;) {
      const seen = this.cpuSeen;
      if (cpuTime <= seen) return;
      if (Atomics.compareExchange(this.#i64, CONTROL_FIELDS.cpuSeen.index, seen, cpuTime) === seen) return;
    }
  }

  /** Worker: the run is over; what follows on the thread is not its. */
  finish(cpuTime: bigint): void {
    this.sawCpu(cpuTime);
    Atomics.store(this.#i32, CONTROL_FIELDS.state.index, RunState.finished);
  }

  /** Worker: the present count of replies, to hand to {@link waitForReply}. */
  repliesSeen(): number {
    return Atomics.load(this.#i32, CONTROL_FIELDS.replies.index);
  }

  /** Worker: sleeps until there is a reply more than `seen`, the run expires, or (rarely) for no reason. */
  waitForReply(seen: number, timeoutMs?: number): void {
    Atomics.wait(this.#i32, CONTROL_FIELDS.replies.index, seen, timeoutMs);
  }

  /** Main: a reply has been posted; wakes the worker. */
  announceReply(): void {
    Atomics.add(this.#i32, CONTROL_FIELDS.replies.index, 1);
    Atomics.notify(this.#i32, CONTROL_FIELDS.replies.index);
  }

  /**
   * Watchdog and main: the run must end; a waiting or sleeping worker wakes and sees it.
   * @returns whether `reason` is the one that stands
   */
  expire(reason: Exclude<EndReason, typeof EndReason.none>): boolean {
    const { index } = CONTROL_FIELDS.endReason;
    const before = Atomics.compareExchange(this.#i32, index, EndReason.none, reason);
    this.announceReply();
    return before === EndReason.none;
  }
}
