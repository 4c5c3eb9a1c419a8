// One run: what it did when, why it failed, which updates it made, and its log.

import type { Run } from '../../api/runs.js';
import { newIdempotencyKey } from '../data/api-client.js';
import { bytesText, countText, durationText, shortText, timeText } from '../data/format.js';
import { LiveRun } from '../data/live-run.js';
import { hashOf } from '../data/route.js';
import { isEnded } from '../data/run-states.js';
import { may, type SignedIn } from '../data/sign-in.js';
import type { RunTimeline } from '../data/timeline.js';
import { useAction, useLive, useTick } from './hooks.js';
import { LogDownload } from './log-download.js';
import { LogView } from './log-view.js';
import { Figure, Foreign, ProblemNote, StateMark, StreamNote, ViewTitle } from './parts.js';
import { CallTable, TimelineBar } from './timeline-view.js';

export function RunView({ who, id }: { readonly who: SignedIn; readonly id: string }) {
  const live = useLive(() => new LiveRun(who.api, id));
  const run = live?.run.value;
  useTick(250, run !== undefined && !isEnded(run.state));
  if (live === undefined || run === undefined || live.timeline === undefined) {
    return (
      <main id="content">
        <ViewTitle title="Run" />
        <ProblemNote problem={live?.problem.value} />
      </main>
    );
  }
  // The log and the timeline are changed in place: that this has gone up is what has them drawn anew.
  const revision = live.revision.value;
  return (
    <main id="content">
      {run.batch !== undefined && (
        <p class="way-back">
          <a href={hashOf({ view: 'batch', id: run.batch })}>← Its batch</a>
        </p>
      )}
      <div class="view-head">
        <ViewTitle title={run.label ?? run.canister} />
        <StateMark state={run.state} />
        <StreamNote state={live.stream.value} />
        {may(who, 'run') && <RunActions who={who} run={run} />}
      </div>
      <ProblemNote problem={live.problem.value} />
      <RunError run={run} />
      <RunFigures run={run} />
      {live.loaded.value ? (
        <WhatItDid who={who} run={run} live={live} timeline={live.timeline} revision={revision} />
      ) : (
        live.problem.value === undefined && <p class="empty">Loading…</p>
      )}
      <Updates updates={live.updates.value} />
    </main>
  );
}

function WhatItDid(props: {
  readonly who: SignedIn;
  readonly run: Run;
  readonly live: LiveRun;
  readonly timeline: RunTimeline;
  readonly revision: number;
}) {
  const { who, run, live, timeline, revision } = props;
  return (
    <>
      <section aria-labelledby="timeline-title">
        <h2 id="timeline-title">Timeline</h2>
        <TimelineBar timeline={timeline} nowMs={live.nowMs()} />
      </section>
      <section aria-labelledby="log-title">
        <div class="section-head">
          <h2 id="log-title">Log</h2>
          {live.log.lines.length > 0 && <LogDownload who={who} run={run} />}
        </div>
        <LogView log={live.log} revision={revision} live={!isEnded(run.state)} />
      </section>
      <section aria-labelledby="calls-title" class={timeline.calls.length > 8 ? 'calls many' : 'calls'}>
        <h2 id="calls-title">
          Calls <span class="number aside">{countText(timeline.calls.length)}</span>
        </h2>
        <CallTable timeline={timeline} revision={revision} />
      </section>
    </>
  );
}

function RunError({ run: { error } }: { readonly run: Run }) {
  if (error === undefined) return null;
  return (
    <section class="problem" aria-label="Why it did not succeed">
      <p>
        <Foreign text={error.message} />
      </p>
      {error.hint !== undefined && (
        <p class="hint">
          <Foreign text={error.hint} />
        </p>
      )}
      <p class="aside">
        <code>{error.code}</code> · {error.kind}
      </p>
    </section>
  );
}

function RunFigures({ run }: { readonly run: Run }) {
  const { statistics } = run;
  return (
    <dl class="figures">
      <Figure name="Canister">
        <span class="canister">{run.canister}</span>
      </Figure>
      <Figure name="Network">
        <Foreign text={run.network} />
      </Figure>
      <Figure name="Identity">
        <Foreign text={run.identity} />
      </Figure>
      <Figure name="Environment">
        <Foreign text={run.environment} />
      </Figure>
      <Figure name="Plugin">
        <code title={run.plugin}>{shortText(run.plugin)}</code>
      </Figure>
      <Figure name="Attempt">
        {run.attempt}
        {run.retryOf !== undefined && (
          <>
            {' '}
            <a href={hashOf({ view: 'run', id: run.retryOf })}>the one before</a>
          </>
        )}
      </Figure>
      <Figure name="Made">{timeText(run.createdAt)}</Figure>
      {statistics !== undefined && (
        <>
          <Figure name="Computed">{durationText(statistics.computeMs)}</Figure>
          <Figure name="Most memory">{bytesText(statistics.peakMemoryBytes)}</Figure>
          <Figure name="Sent">{bytesText(statistics.bytesSent)}</Figure>
          <Figure name="Received">{bytesText(statistics.bytesReceived)}</Figure>
        </>
      )}
    </dl>
  );
}

function Updates({ updates }: { readonly updates: LiveRun['updates']['value'] }) {
  if (updates.length === 0) return null;
  const counts = new Map<string, number>();
  for (const { state } of updates) counts.set(state, (counts.get(state) ?? 0) + 1);
  const unsure = updates.filter(({ state }) => state === 'unknown' || state === 'in-flight');
  return (
    <section aria-labelledby="updates-title">
      <h2 id="updates-title">
        Updates <span class="number aside">{countText(updates.length)}</span>
      </h2>
      <p>{[...counts].map(([state, count]) => `${countText(count)} ${state}`).join(', ')}.</p>
      {unsure.length > 0 && (
        <>
          <p>Of these it is not known whether they were applied:</p>
          <ul>
            {unsure.slice(0, 100).map(({ number, method, canister, requestId }) => (
              <li key={number}>
                <Foreign text={method} /> on <span class="canister">{canister}</span>
                {requestId !== undefined && (
                  <>
                    , request <code class="long">{requestId}</code>
                  </>
                )}
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

function RunActions({ who, run }: { readonly who: SignedIn; readonly run: Run }) {
  const action = useAction();
  const over = isEnded(run.state);
  const retry = (): void =>
    action.start(async () => {
      const made = await who.api.retryRun(run.id, newIdempotencyKey());
      location.hash = hashOf({ view: 'run', id: made.id });
    });
  const cancel = (): void =>
    action.start(async () => {
      await who.api.cancelRun(run.id);
    });
  return (
    <div class="actions">
      <button type="button" aria-disabled={action.busy} onClick={over ? retry : cancel}>
        {over ? 'Run again' : 'Cancel run'}
      </button>
      <ProblemNote problem={action.problem} />
    </div>
  );
}
