// All batches, the newest first, with how far each is.

import type { Batch } from '../../api/runs.js';
import { countText, percentText, rateText, timeText } from '../data/format.js';
import { LiveBatches } from '../data/live-batches.js';
import { hashOf } from '../data/route.js';
import { endedOf, isEnded, totalOf } from '../data/run-states.js';
import { may, type SignedIn } from '../data/sign-in.js';
import { useLive, useTick } from './hooks.js';
import { Foreign, ProblemNote, Progress, StateMark, StreamNote, ViewTitle } from './parts.js';

/** What a batch is called. */
export function nameOf({ name, id }: Pick<Batch, 'name' | 'id'>): string {
  // The end of an id is what tells it from others of the same hour.
  return name ?? `Batch ${id.slice(-12)}`;
}

export function BatchesView({ who }: { readonly who: SignedIn }) {
  const live = useLive(() => new LiveBatches(who.api));
  const items = live?.items.value;
  useTick(1000, items?.some(({ state }) => state === 'running') === true);
  return (
    <main id="content">
      <div class="view-head">
        <ViewTitle title="Batches" />
        {live !== undefined && <StreamNote state={live.stream.value} />}
        {may(who, 'run') && (
          <a class="button primary" href={hashOf({ view: 'new-batch' })}>
            New batch
          </a>
        )}
      </div>
      <ProblemNote problem={live?.problem.value} />
      {items?.length === 0 && <p class="empty">There are no batches yet.</p>}
      {items !== undefined && items.length > 0 && (
        <div class="table-place">
          <table>
            <caption class="unseen">Batches, the newest first</caption>
            <thead>
              <tr>
                <th scope="col">Batch</th>
                <th scope="col">State</th>
                <th scope="col">Progress</th>
                <th scope="col" class="number">
                  Failed
                </th>
                <th scope="col" class="number">
                  Rate
                </th>
                <th scope="col">Made</th>
              </tr>
            </thead>
            <tbody>
              {items.map((batch) => (
                <BatchLine key={batch.id} batch={batch} rate={live?.rateOf(batch.id) ?? 0} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {live?.next.value !== undefined && (
        <div class="actions">
          <button type="button" onClick={() => void live.more()}>
            Show older batches
          </button>
        </div>
      )}
    </main>
  );
}

function BatchLine({ batch, rate }: { readonly batch: Batch; readonly rate: number }) {
  const { counts } = batch;
  const all = totalOf(counts);
  const ended = endedOf(counts);
  const broken = counts.failed + counts.interrupted;
  return (
    <tr>
      <th scope="row">
        <a href={hashOf({ view: 'batch', id: batch.id })}>
          <Foreign text={nameOf(batch)} />
        </a>
        {batch.retryOf !== undefined && <span class="aside"> retry</span>}
      </th>
      <td>
        <StateMark state={batch.state} />
      </td>
      <td>
        <div class="progress-line">
          <Progress counts={counts} label={`Progress of ${nameOf(batch)}`} />
          <span class="number">
            {countText(ended)} / {countText(all)}
          </span>
          <span class="number aside">{percentText(ended, all)}</span>
        </div>
      </td>
      <td class={broken > 0 ? 'number bad' : 'number aside'}>{countText(broken)}</td>
      <td class="number">{isEnded(batch.state) ? '' : rateText(rate)}</td>
      <td class="time">{timeText(batch.createdAt)}</td>
    </tr>
  );
}
