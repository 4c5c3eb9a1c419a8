// One batch: how far it is, and its runs as they happen.

import { useEffect, useState } from 'preact/hooks';
import { newIdempotencyKey } from '../data/api-client.js';
import { activityOf, type RowFilter, type RunRow } from '../data/batch-rows.js';
import { countOf, countText, durationText, percentText, rateText, timeText } from '../data/format.js';
import { LiveBatch } from '../data/live-batch.js';
import { hashOf } from '../data/route.js';
import { endedOf, isEnded, RETRIED_STATES, STATES, type StateCounts, totalOf } from '../data/run-states.js';
import { may, type SignedIn } from '../data/sign-in.js';
import { nameOf } from './batches-view.js';
import { ConfirmDialog } from './confirm-dialog.js';
import { useAction, useLive, useTick } from './hooks.js';
import { Figure, Foreign, ProblemNote, Progress, StateMark, StreamNote, ViewTitle } from './parts.js';
import { type RowFocus, type TableRow, VirtualTable } from './virtual-table.js';

const COLUMNS = ['Canister', 'State', 'What it does', 'Calls', 'Time'];
/** A screen reader is told how far it is this often: more would be all it says. */
const SPOKEN_EVERY_MS = 15_000;

export function BatchView({ who, id }: { readonly who: SignedIn; readonly id: string }) {
  const live = useLive(() => new LiveBatch(who.api, id));
  const [filter, setFilter] = useState<RowFilter>({ state: undefined, text: '' });
  const batch = live?.batch.value;
  const over = batch === undefined || isEnded(batch.state);
  useTick(1000, !over);
  if (live === undefined || batch === undefined) {
    return (
      <main id="content">
        <ViewTitle title="Batch" />
        <ProblemNote problem={live?.problem.value} />
      </main>
    );
  }
  // Rows are changed in place: reading this is what has them drawn anew.
  void live.revision.value;
  const counts = live.loaded.value ? live.rows.counts : batch.counts;
  const all = totalOf(counts);
  const ended = endedOf(counts);
  const rate = live.rate.perSecond(live.nowMs());
  const rows = live.rows.matching(filter);
  return (
    <main id="content" class="tall">
      <div class="view-head">
        <ViewTitle title={nameOf(batch)} />
        <StateMark state={batch.state} />
        <StreamNote state={live.stream.value} />
        {may(who, 'run') && <BatchActions who={who} id={id} over={over} counts={counts} />}
      </div>
      <ProblemNote problem={live.problem.value} />
      <Progress counts={counts} label="Progress" />
      <dl class="figures">
        <Figure name="Ended">
          {countText(ended)} / {countText(all)} <span class="aside">{percentText(ended, all)}</span>
        </Figure>
        {over ? (
          <Figure name="Took">{tookText(batch.startedAt, batch.endedAt)}</Figure>
        ) : (
          <>
            <Figure name="Rate">{rateText(rate)}</Figure>
            <Figure name="Left">
              {rate > 0 ? `about ${durationText((1000 * (all - ended)) / rate)}` : '…'}
            </Figure>
          </>
        )}
        <Figure name="At once">{countText(batch.concurrency)}</Figure>
        <Figure name="Made">{timeText(batch.createdAt)}</Figure>
        {batch.retryOf !== undefined && (
          <Figure name="Retry of">
            <a href={hashOf({ view: 'batch', id: batch.retryOf })}>an earlier batch</a>
          </Figure>
        )}
      </dl>
      <SpokenProgress ended={ended} all={all} failed={counts.failed} over={over} />
      <Filters filter={filter} counts={counts} onChange={setFilter} />
      <VirtualTable
        label={`Runs of ${nameOf(batch)}`}
        kind="runs"
        columns={COLUMNS}
        rowCount={rows.length}
        row={(index, focus) => runRow(rows[index] as RunRow, focus, live.nowMs())}
        empty={live.loaded.value ? 'No run is like that.' : 'Loading…'}
      />
    </main>
  );
}

function runRow(row: RunRow, focus: RowFocus, nowMs: number): TableRow {
  const ranMs = row.startedAtMs === undefined ? undefined : (row.endedAtMs ?? nowMs) - row.startedAtMs;
  return [
    <a href={hashOf({ view: 'run', id: row.id })} {...focus}>
      {row.label === undefined ? row.canister : <Foreign text={row.label} />}
      {row.label !== undefined && <span class="aside canister"> {row.canister}</span>}
    </a>,
    <StateMark state={row.state} />,
    <span class={row.errorCode === undefined ? undefined : 'bad'}>
      <Foreign text={activityOf(row)} />
    </span>,
    row.calls === 0 ? '' : countText(row.calls),
    ranMs === undefined ? '' : durationText(ranMs),
  ];
}

function tookText(startedAt: string | undefined, endedAt: string | undefined): string {
  if (startedAt === undefined || endedAt === undefined) return 'not started';
  return durationText(Date.parse(endedAt) - Date.parse(startedAt));
}

/** Says how far it is, now and then, to who cannot see it. */
function SpokenProgress(props: {
  readonly ended: number;
  readonly all: number;
  readonly failed: number;
  readonly over: boolean;
}) {
  const { ended, all, failed, over } = props;
  const [said, setSaid] = useState('');
  const [wasUnderWay] = useState(!over);
  const now = `${countText(ended)} of ${countOf(all, 'run')} ended, ${countText(failed)} failed`;
  useEffect(() => {
    if (over && wasUnderWay) setSaid(`The batch is over: ${now}`);
    if (over) return;
    const timer = setTimeout(() => setSaid(now), SPOKEN_EVERY_MS);
    return () => clearTimeout(timer);
  }, [over, said]);
  return (
    <p class="unseen" aria-live="polite">
      {said}
    </p>
  );
}

function Filters(props: {
  readonly filter: RowFilter;
  readonly counts: StateCounts;
  readonly onChange: (filter: RowFilter) => void;
}) {
  const { filter, counts, onChange } = props;
  return (
    <div class="filters">
      <fieldset>
        <legend class="unseen">Show the runs that are</legend>
        <FilterChoice
          text="all"
          count={totalOf(counts)}
          on={filter.state === undefined}
          onChoose={() => onChange({ ...filter, state: undefined })}
        />
        {STATES.filter((state) => counts[state] > 0 || filter.state === state).map((state) => (
          <FilterChoice
            key={state}
            text={state}
            count={counts[state]}
            on={filter.state === state}
            onChoose={() => onChange({ ...filter, state })}
          />
        ))}
      </fieldset>
      <input
        type="search"
        aria-label="Find a canister by its label or id"
        placeholder="Find a canister"
        spellcheck={false}
        value={filter.text}
        onInput={(event) => onChange({ ...filter, text: event.currentTarget.value })}
      />
    </div>
  );
}

function FilterChoice(props: {
  readonly text: string;
  readonly count: number;
  readonly on: boolean;
  readonly onChoose: () => void;
}) {
  return (
    <label class="choice">
      <input type="radio" name="state" checked={props.on} onChange={props.onChoose} />
      <span>
        {props.text} <span class="number aside">{countText(props.count)}</span>
      </span>
    </label>
  );
}

function BatchActions(props: {
  readonly who: SignedIn;
  readonly id: string;
  readonly over: boolean;
  readonly counts: StateCounts;
}) {
  const { who, id, over, counts } = props;
  const [asking, setAsking] = useState(false);
  const [asked, setAsked] = useState(false);
  const action = useAction();
  const again = RETRIED_STATES.reduce((sum, state) => sum + counts[state], 0);
  const cancel = (): void =>
    action.start(async () => {
      await who.api.cancelBatch(id);
      setAsked(true);
    });
  const retry = (): void =>
    action.start(async () => {
      const batch = await who.api.retryBatch(id, newIdempotencyKey());
      location.hash = hashOf({ view: 'batch', id: batch.id });
    });
  return (
    <div class="actions">
      {over && again > 0 && (
        <button type="button" class="primary" aria-disabled={action.busy} onClick={retry}>
          Retry {countText(again)} failed
        </button>
      )}
      {!over && (
        <button
          type="button"
          aria-disabled={action.busy || asked}
          onClick={() => {
            if (!asked) setAsking(true);
          }}
        >
          {asked ? 'Cancelling…' : 'Cancel batch'}
        </button>
      )}
      {asking && (
        <ConfirmDialog
          title="Cancel this batch?"
          confirm="Cancel the batch"
          onConfirm={cancel}
          onClose={() => setAsking(false)}
        >
          <p>
            {countOf(counts.queued, 'run')} that wait will not begin. {countOf(counts.running, 'run')} under
            way will be stopped; updates that were sent stay applied.
          </p>
        </ConfirmDialog>
      )}
      <ProblemNote problem={action.problem} />
    </div>
  );
}
