// Runs and batches: made, found, cancelled, done again.

import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { SandpoolError } from '../../../bridge/errors.js';
import type { BatchRequest, RunRequest } from '../api/index.js';
import type { BatchQuery } from '../api/runs.js';
import { RunRequests, requireGrantOf } from '../service/run-request.js';
import type { Service } from '../service/service.js';
import { type CommonStep, wholeStep } from '../service/step.js';
import { type IdempotentRequest, inputOf, RUN_STATES, type RunInput, type RunState } from '../store/index.js';
import { askedTime } from './asked-time.js';
import { done, type Handlers, made } from './handler.js';
import { batchView, eventView, pageView, runView, updateView } from './views.js';

type RunOperation =
  | 'createRun'
  | 'listRuns'
  | 'getRun'
  | 'listUpdates'
  | 'listRunEvents'
  | 'cancelRun'
  | 'retryRun';
type BatchOperation = 'createBatch' | 'listBatches' | 'getBatch' | 'cancelBatch' | 'retryBatch';

/** How long requests of a batch are checked in one turn of the main thread. */
const CHECKING_MS = 10;
/** What the runs of a batch have in common is kept with each: together, so many times the largest body at most. */
const BODIES_KEPT = 8;

export function runHandlers(service: Service): Handlers<RunOperation> {
  const { store, dispatcher, configuration } = service;
  return {
    createRun: ({ caller, body, headers }) => {
      service.requireOpen();
      const input = new RunRequests(store, caller.grant, configuration.limits).inputOf(body);
      const tokenId = caller.token.id;
      const { run, outcome } = store.transaction(() => {
        const created = store.runs.create({ tokenId, input, ...idempotencyOf(headers, body) });
        if (created.outcome === 'created') caller.audit('run.create', created.run.id);
        return created;
      });
      if (outcome === 'created') dispatcher.added({ tokenId }, 1);
      return made(outcome, runView(run));
    },
    listRuns: ({ caller, query }) => {
      const { batch: batchId, canister: canisterId, plugin: pluginSha256 } = query;
      // A batch of somebody else is not there, and so has no runs.
      if (batchId !== undefined) caller.batch(batchId);
      const tokenId = caller.seenTokenId;
      const page = store.history.runs(
        present({ ...historyOf(query), tokenId, batchId, canisterId, pluginSha256 }),
      );
      return done(pageView(page, runView));
    },
    getRun: ({ caller, params: { id } }) => done(runView(caller.run(id))),
    listUpdates: ({ caller, params: { id } }) => {
      caller.run(id);
      return done({ items: store.updates.ofRun(id).map(updateView) });
    },
    listRunEvents: ({ caller, params: { id }, query: { after = 0, limit = 100 } }) => {
      caller.run(id);
      const events = store.events.read({ runId: id, afterSequence: after, limit });
      const last = events.at(-1);
      const next = last === undefined || events.length < limit ? {} : { next: last.sequence };
      return done({ items: events.map(eventView), ...next });
    },
    cancelRun: ({ caller, params: { id } }) => {
      caller.ownRun(id);
      dispatcher.cancelRun(id);
      caller.audit('run.cancel', id);
      return { status: 202, body: runView(caller.run(id)) };
    },
    retryRun: ({ caller, params: { id }, headers }) => {
      service.requireOpen();
      const earlier = caller.ownRun(id);
      requireGrantOf(caller.grant, inputOf(earlier));
      const tokenId = caller.token.id;
      const { run, outcome } = store.transaction(() => {
        const key = idempotencyOf(headers, { retry: id });
        const retried = store.runs.retry(id, { tokenId, step: wholeStep(store, earlier), ...key });
        if (retried.outcome === 'created') caller.audit('run.retry', id, { run: retried.run.id });
        return retried;
      });
      if (outcome === 'created') dispatcher.added({ tokenId }, 1);
      return made(outcome, runView(run));
    },
  };
}

export function batchHandlers(service: Service): Handlers<BatchOperation> {
  const { store, dispatcher, configuration } = service;
  const tell = (batchId: string, runs: number): void =>
    store.eventWriter.writeWith([{ batchId, type: 'batch-created', data: { runs } }]);
  const queue = (batchId: string, tokenId: string): void => {
    dispatcher.added({ batchId, tokenId }, store.batches.get(batchId).counts.queued);
  };
  return {
    createBatch: async ({ caller, body, headers }) => {
      service.requireOpen();
      const { name, concurrency = configuration.concurrency, priority } = body;
      const tokenId = caller.token.id;
      requireKeepable(body, configuration.requests.bodyBytes * BODIES_KEPT);
      const requests = new RunRequests(store, caller.grant, configuration.limits);
      const common: CommonStep = present({ canisterIds: body.defaults?.canisterIds });
      const inputs = await inputsOf(body, requests, common);
      const onComplete = (batchId: string, runs: number): void => {
        caller.audit('batch.create', batchId, { runs });
        tell(batchId, runs);
      };
      const { batch, outcome } = await store.batches.create(
        present({
          tokenId,
          name,
          concurrency,
          priority,
          common: { ...common },
          onComplete,
          ...idempotencyOf(headers, body),
        }),
        inputs,
      );
      if (outcome === 'created') queue(batch.id, tokenId);
      return made(outcome, batchView(batch));
    },
    listBatches: ({ caller, query }) => {
      const page = store.history.batches(present({ ...historyOf(query), tokenId: caller.seenTokenId }));
      return done(pageView(page, batchView));
    },
    getBatch: ({ caller, params: { id } }) => done(batchView(caller.batch(id))),
    cancelBatch: async ({ caller, params: { id } }) => {
      await dispatcher.cancelBatch(caller.ownBatch(id));
      caller.audit('batch.cancel', id);
      return { status: 202, body: batchView(caller.batch(id)) };
    },
    retryBatch: async ({ caller, params: { id }, body: { states }, headers }) => {
      service.requireOpen();
      caller.ownBatch(id);
      const { grant } = caller;
      const tokenId = caller.token.id;
      const onComplete = (batchId: string, runs: number): void => {
        caller.audit('batch.retry', id, { batch: batchId, runs });
        tell(batchId, runs);
      };
      const { batch, outcome } = await store.batches.retry(
        id,
        { tokenId, onComplete, ...idempotencyOf(headers, { retry: id, states: states ?? [] }) },
        states,
        (run) => requireGrantOf(grant, run),
      );
      if (outcome === 'created') queue(batch.id, tokenId);
      return made(outcome, batchView(batch));
    },
  };
}

/** A small request must not fill the disk. @throws SandpoolError INVALID_OPTION */
function requireKeepable({ defaults = {}, runs }: BatchRequest, limitBytes: number): void {
  // Those are kept once, with the batch.
  const { canisterIds: _, ...each } = defaults;
  const bytes = Buffer.byteLength(JSON.stringify(each)) * runs.length;
  if (bytes <= limitBytes) return;
  throw new SandpoolError('INVALID_OPTION', {
    option: 'defaults',
    bound: `of at most ${limitBytes} bytes, counted once for each run`,
    value: bytes,
  });
}

/** The runs of a batch, each with what all have in common. */
async function inputsOf(
  { defaults, runs }: BatchRequest,
  requests: RunRequests,
  common: CommonStep,
): Promise<RunInput[]> {
  const { canisterIds: _, ...each } = defaults ?? {};
  requests.checkCommon(common);
  const inputs: RunInput[] = [];
  let turnBeganMs = performance.now();
  for (const [index, own] of runs.entries()) {
    if (performance.now() - turnBeganMs > CHECKING_MS) {
      await nextTurn();
      turnBeganMs = performance.now();
    }
    const { plugin, network, identity } = { ...each, ...own };
    for (const [name, value] of Object.entries({ plugin, network, identity })) {
      if (value !== undefined) continue;
      const where = `/runs/${index}/${name}`;
      throw new SandpoolError('REQUEST_INVALID', { where, reason: 'is missing, and there is no default' });
    }
    const request = { ...each, ...own } as RunRequest;
    // Those of a batch go in the order in which they are listed.
    const { priority: _priority, ...input } = requests.inputOf(request, common);
    inputs.push(input);
  }
  return inputs;
}

function idempotencyOf(
  headers: { readonly 'idempotency-key'?: string },
  body: unknown,
): { readonly idempotency?: IdempotentRequest } {
  const key = headers['idempotency-key'];
  if (key === undefined) return {};
  const requestHash = createHash('sha256').update(JSON.stringify(body)).digest('hex');
  return { idempotency: { key, requestHash } };
}

function historyOf({ state, from, to, before, limit }: BatchQuery) {
  const states = state?.split(',').map(stateOf);
  return {
    states,
    createdFromMs: from === undefined ? undefined : askedTime('from', from),
    createdBeforeMs: to === undefined ? undefined : askedTime('to', to),
    before,
    limit,
  };
}

function stateOf(name: string): RunState {
  const state = RUN_STATES.find((known) => known === name);
  if (state !== undefined) return state;
  throw new SandpoolError('REQUEST_INVALID', {
    where: 'state',
    reason: `is one of ${RUN_STATES.join(', ')}`,
  });
}

type Present<Members> = { [Name in keyof Members]: Exclude<Members[Name], undefined> };

/** Without the members that are not set. */
function present<Members extends object>(
  members: Members,
): Partial<Present<Members>> & Pick<Members, RequiredOf<Members>> {
  const set = Object.entries(members).filter(([, value]) => value !== undefined);
  return Object.fromEntries(set) as Partial<Present<Members>> & Pick<Members, RequiredOf<Members>>;
}

type RequiredOf<Members> = {
  [Name in keyof Members]-?: undefined extends Members[Name] ? never : Name;
}[keyof Members];
