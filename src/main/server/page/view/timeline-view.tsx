// A run's time, drawn: when it waited in the queue, computed, and waited on a call; and each of its calls.

import { clockText, countText, durationText, visibleText } from '../data/format.js';
import { type HostCall, type PhaseKind, type RunTimeline, segmentsOf } from '../data/timeline.js';
import { Foreign } from './parts.js';
import { type RowFocus, type TableRow, VirtualTable } from './virtual-table.js';

const KINDS: readonly PhaseKind[] = ['queued', 'preparing', 'computing', 'waiting'];
const WORDS: Readonly<Record<PhaseKind, string>> = {
  queued: 'queued',
  preparing: 'preparing',
  // The events tell when a call ended and the next began, and not who had the processor in between.
  computing: 'computing, or ready to',
  waiting: 'waiting on calls',
};
const MOST_SEGMENTS = 400;
const WIDTH = 1000;
const CALL_COLUMNS = ['Call', 'Kind', 'Method', 'Canister', 'Began', 'Took', 'Outcome'];

/** The bar, with what it means. */
export function TimelineBar({ timeline, nowMs }: { readonly timeline: RunTimeline; readonly nowMs: number }) {
  const endMs = timeline.endedMs ?? Math.max(nowMs, timeline.createdMs + 1);
  const totals = timeline.totals(endMs);
  const segments = segmentsOf(timeline.phases, timeline.createdMs, endMs, MOST_SEGMENTS);
  return (
    <div class="timeline">
      <svg viewBox={`0 0 ${WIDTH} 24`} preserveAspectRatio="none" aria-hidden="true" focusable="false">
        {segments.map(({ kind, start, end }) => (
          <rect
            key={start}
            class={`phase-${kind}`}
            x={start * WIDTH}
            width={(end - start) * WIDTH}
            y={0}
            height={24}
          />
        ))}
      </svg>
      <div class="timeline-scale aside">
        <span>{clockText(timeline.createdMs)}</span>
        <span>{durationText(endMs - timeline.createdMs)} in all</span>
        <span>{timeline.endedMs === undefined ? 'now' : clockText(timeline.endedMs)}</span>
      </div>
      <ul class="legend">
        {KINDS.map((kind) => (
          <li key={kind}>
            <span class={`swatch phase-${kind}`} aria-hidden="true" />
            {WORDS[kind]} <strong class="number">{durationText(totals[kind])}</strong>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Each call that the run made. `revision` goes up whenever the timeline has changed. */
export function CallTable(props: { readonly timeline: RunTimeline; readonly revision: number }) {
  const { timeline } = props;
  const { calls } = timeline;
  return (
    <VirtualTable
      label="Calls"
      kind="calls"
      columns={CALL_COLUMNS}
      rowCount={calls.length}
      row={(index, focus) => callRow(calls[index] as HostCall, focus, timeline.createdMs)}
      empty="It has made no call."
    />
  );
}

function callRow(call: HostCall, focus: RowFocus, zeroMs: number): TableRow {
  const outcome = call.outcome ?? 'waiting';
  return [
    <span {...focus}>{countText(call.number)}</span>,
    call.kind,
    <span title={visibleText(call.method)}>
      <Foreign text={call.method} />
    </span>,
    <span class="canister">{call.target}</span>,
    `+${durationText(call.startedMs - zeroMs)}`,
    call.durationMs === undefined ? '' : durationText(call.durationMs),
    <span class={outcome === 'ok' || outcome === 'waiting' ? undefined : 'bad'}>{outcome}</span>,
  ];
}
