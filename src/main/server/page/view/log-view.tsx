// What a run printed. Every line is text, whatever it looks like.

import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { clockText, countText, visibleText } from '../data/format.js';
import type { LogLine, RunLog } from '../data/run-log.js';

/** Lines in the document at first, and more at each press of the button. */
const STEP = 500;
const NEAR_END_PIXELS = 40;

/** `revision` goes up whenever the log has changed. */
export function LogView(props: { readonly log: RunLog; readonly revision: number; readonly live: boolean }) {
  const { log, live } = props;
  const [most, setMost] = useState(STEP);
  const place = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const lines = log.lines.slice(-most);
  const hidden = log.lines.length - lines.length;
  // Stays at the end as lines come, unless the reader has gone elsewhere.
  useLayoutEffect(() => {
    const element = place.current;
    if (live && atEnd.current && element !== null) element.scrollTop = element.scrollHeight;
  });
  if (log.lines.length === 0) return <p class="empty">It has printed nothing.</p>;
  return (
    <>
      {hidden > 0 && (
        <button type="button" onClick={() => setMost(most + 4 * STEP)}>
          Show more of the {countText(hidden)} earlier lines
        </button>
      )}
      {hidden === 0 && log.dropped > 0 && (
        <p class="hint">{countText(log.dropped)} earlier lines are left out.</p>
      )}
      <section
        class="log"
        ref={place}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must get to it
        tabIndex={0}
        aria-label="Lines of the log"
        onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
          atEnd.current = scrollHeight - scrollTop - clientHeight < NEAR_END_PIXELS;
        }}
      >
        {lines.map((line, index) => (
          <Line key={log.dropped + hidden + index} line={line} />
        ))}
      </section>
    </>
  );
}

function Line({ line }: { readonly line: LogLine }) {
  return (
    <div class={`log-line log-${line.source}`}>
      <span class="log-time">{clockText(line.timeMs)}</span>
      <span class="log-source">{line.source === 'stdout' ? '' : line.source}</span>
      <bdi class="log-text">{visibleText(line.text)}</bdi>
    </div>
  );
}
