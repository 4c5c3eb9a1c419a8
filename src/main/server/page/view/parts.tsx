// Small parts that every view is made of.

import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { StreamState } from '../data/event-stream.js';
import { countText, visibleText } from '../data/format.js';
import type { Pages } from '../data/pages.js';
import type { Problem } from '../data/problem.js';
import { END_STATES, endedOf, type RunState, type StateCounts, totalOf } from '../data/run-states.js';

/** Text that a plugin or a client chose: never markup, and kept from turning what is around it. */
export function Foreign({ text }: { readonly text: string }) {
  return <bdi class="foreign">{visibleText(text)}</bdi>;
}

/** The heading of a view; it takes the focus when the view appears, so that a screen reader says where one is. */
export function ViewTitle({
  title,
  children,
}: {
  readonly title: string;
  readonly children?: ComponentChildren;
}) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · sandpool`;
  }, [title]);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  return (
    <h1 ref={heading} tabIndex={-1}>
      <Foreign text={title} />
      {children}
    </h1>
  );
}

/** What was refused, why, and what to do about it. */
export function ProblemNote({ problem }: { readonly problem: Problem | undefined }) {
  if (problem === undefined) return null;
  return (
    <div class="problem" role="alert">
      <p>
        <Foreign text={problem.detail} />
      </p>
      {problem.hint !== undefined && (
        <p class="hint">
          <Foreign text={problem.hint} />
        </p>
      )}
      {problem.code !== '' && <code>{problem.code}</code>}
    </div>
  );
}

const SHAPES: Readonly<Record<RunState, string>> = {
  queued: 'M8 2.8a5.2 5.2 0 1 1 0 10.4a5.2 5.2 0 0 1 0-10.4',
  running: 'M5 3l8 5-8 5z',
  succeeded: 'M2.8 8.6l3.4 3.4 7-7.6',
  failed: 'M3.6 3.6l8.8 8.8M12.4 3.6l-8.8 8.8',
  cancelled: 'M3 8h10',
  interrupted: 'M8 2.5v6.6M8 12v1.4',
};

/** A state, by a shape, a word and a colour. */
export function StateMark({ state }: { readonly state: RunState }) {
  return (
    <span class={`state state-${state}`}>
      <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true" focusable="false">
        <path d={SHAPES[state]} />
      </svg>
      {state}
    </span>
  );
}

/** How much of a batch is over, and how it ended. */
export function Progress({ counts, label }: { readonly counts: StateCounts; readonly label: string }) {
  const all = totalOf(counts);
  const ended = endedOf(counts);
  const said = `${countText(ended)} of ${countText(all)} ended, ${countText(counts.failed)} failed`;
  return (
    <div
      class="progress"
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={all}
      aria-valuenow={ended}
      aria-valuetext={said}
    >
      {[...END_STATES, 'running' as const].map((state) => (
        <span
          key={state}
          class={`progress-part part-${state}`}
          style={{ width: `${all === 0 ? 0 : (100 * counts[state]) / all}%` }}
        />
      ))}
    </div>
  );
}

/** A figure with its name. */
export function Figure({ name, children }: { readonly name: string; readonly children: ComponentChildren }) {
  return (
    <div class="figure">
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** Whether what is shown is of this moment. */
export function StreamNote({ state }: { readonly state: StreamState | 'none' }) {
  if (state === 'none') return null;
  const words = { live: 'live', connecting: 'connecting', waiting: 'connection lost, trying again' };
  return (
    <span class={`stream stream-${state}`} role="status">
      {words[state]}
    </span>
  );
}

/** Has the next page of a list shown, as long as there is one. */
export function MoreButton({
  pages,
  label,
}: {
  readonly pages: Pages<unknown> | undefined;
  readonly label: string;
}) {
  if (pages?.hasMore.value !== true) return null;
  return (
    <div class="actions">
      <button type="button" aria-disabled={pages.loading.value} onClick={() => void pages.more()}>
        {pages.loading.value ? 'Loading…' : label}
      </button>
    </div>
  );
}
