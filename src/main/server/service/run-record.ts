// What a run leaves in the store while it goes on: its events and its updates.

import { SandpoolError } from '../../../bridge/errors.js';
import type { OutputStream } from '../../../bridge/messages.js';
import type { HostCallEndEvent, UpdateRecord } from '../../canister/index.js';
import type { RunEvent } from '../../pool/run-types.js';
import type { PluginRunOptions, PluginRunReport } from '../../sync/plugin-run.js';
import type { EndState, Json, JsonObject, NewEvent, RunEnding, Store } from '../store/index.js';
import { shownError } from './shown-error.js';

/** Of the lines of one event: as JSON they may take six times as much, and an event takes 64 Ki of that. */
const CHARACTERS_TOGETHER = 10_000;

/** Is told of a run beside what is written of it. */
export interface RunRecordListener {
  /** Something could not be written that the run does not need to go on. */
  readonly onFailure: (error: SandpoolError) => void;
  readonly onCallEnd: (call: HostCallEndEvent) => void;
}

/** The record of one run. */
export class RunRecord {
  readonly #store: Store;
  readonly #runId: string;
  readonly #onFailure: RunRecordListener['onFailure'];
  readonly #onCallEnd: RunRecordListener['onCallEnd'];
  #stream: OutputStream = 'stdout';
  #lines: string[] = [];
  #characters = 0;
  #flush: NodeJS.Immediate | undefined;
  #lost = 0;

  constructor(store: Store, runId: string, { onFailure, onCallEnd }: RunRecordListener) {
    this.#store = store;
    this.#runId = runId;
    this.#onFailure = onFailure;
    this.#onCallEnd = onCallEnd;
  }

  /** To be handed to the run. */
  get listeners(): Pick<PluginRunOptions, 'onEvent' | 'onCall' | 'onCallEnd' | 'updates'> {
    return {
      onEvent: (event) => this.#onRunEvent(event),
      onCall: ({ number: call, callType: kind, method, canisterId: target }) =>
        this.#append('call-started', { call, kind, method, target }),
      onCallEnd: (ended) => {
        const { number: call, milliseconds: durationMs, outcome } = ended;
        this.#append('call-ended', { call, durationMs, outcome });
        this.#onCallEnd(ended);
      },
      updates: {
        // What cannot be recorded is not sent.
        onSend: (update) => this.#store.updates.recordUpdateSent(this.#runId, sent(update)),
        onEnd: (update) => this.#tried(() => this.#store.updates.recordUpdateOutcome(this.#runId, update)),
      },
    };
  }

  /** Writes how the run ended, and everything before it. @throws what the store throws */
  end(state: EndState, { error, statistics, updates }: PluginRunReport): void {
    this.#flushLines();
    const failure = error && shownError(error);
    const ending: RunEnding = {
      state,
      ...(failure === undefined ? {} : { error: { ...error?.toWire(), ...failure } }),
      ...(statistics === undefined ? {} : { statistics: { ...statistics } }),
    };
    this.#store.transaction(() => {
      for (const update of updates) this.#store.updates.recordUpdateOutcome(this.#runId, update);
      this.#store.runs.end(this.#runId, {
        ...ending,
        events: [...this.#lostEvents(), this.#finished(ending, updates)],
      });
    });
  }

  #finished({ state, error, statistics }: RunEnding, updates: readonly UpdateRecord[]): NewEvent {
    const shown = updates.map(({ number, canisterId: canister, method, state: outcome, requestIdHex }) => ({
      number,
      canister,
      method,
      state: outcome,
      ...(requestIdHex === undefined ? {} : { requestId: requestIdHex }),
    }));
    const data: JsonObject = {
      state,
      ...(error === undefined ? {} : { error: error as unknown as JsonObject }),
      ...(statistics === undefined ? {} : { statistics }),
      // A plugin may make any number: all of them are under `updates` of the run.
      ...(shown.length > MOST_UPDATES_SHOWN ? {} : { updates: shown as unknown as Json[] }),
    };
    return { runId: this.#runId, type: 'run-finished', data };
  }

  #onRunEvent(event: RunEvent): void {
    if (event.type === 'started') {
      this.#append('run-computing', {});
      return;
    }
    const { stream, line } = event;
    if (stream !== this.#stream) this.#flushLines();
    this.#stream = stream;
    let rest = line;
    while (this.#characters + rest.length > CHARACTERS_TOGETHER) {
      const room = CHARACTERS_TOGETHER - this.#characters;
      this.#lines.push(rest.slice(0, room));
      rest = rest.slice(room);
      this.#flushLines('partial');
    }
    this.#lines.push(rest);
    // An empty line takes place too.
    this.#characters += rest.length + 1;
    this.#flush ??= setImmediate(() => this.#flushLines());
  }

  #flushLines(partial?: 'partial'): void {
    clearImmediate(this.#flush);
    this.#flush = undefined;
    if (this.#lines.length === 0) return;
    const lines = this.#lines;
    this.#lines = [];
    this.#characters = 0;
    this.#write('output', {
      stream: this.#stream,
      lines,
      ...(partial === undefined ? {} : { partial: true }),
    });
  }

  #append(type: string, data: JsonObject): void {
    this.#flushLines();
    this.#write(type, data);
  }

  #write(type: string, data: JsonObject): void {
    const event = { runId: this.#runId, type, data };
    if (this.#store.eventWriter.append(event) === 'taken') return;
    // Too many wait: now they are written while all else waits for it. When even that fails, the disk is full or gone,
    // and what the plugin does matters more than the telling.
    this.#tried(() => this.#store.eventWriter.flush());
    if (this.#store.eventWriter.append(event) === 'full') this.#lost += 1;
  }

  #lostEvents(): NewEvent[] {
    return this.#lost === 0 ? [] : [{ runId: this.#runId, type: 'events-lost', data: { count: this.#lost } }];
  }

  #tried(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#onFailure(SandpoolError.from(error));
    }
  }
}

const MOST_UPDATES_SHOWN = 100;

function sent(update: UpdateRecord): UpdateRecord & { readonly requestIdHex: string } {
  const { requestIdHex } = update;
  if (requestIdHex === undefined)
    throw new SandpoolError('INTERNAL', { reason: 'an update without a request id' });
  return { ...update, requestIdHex };
}
