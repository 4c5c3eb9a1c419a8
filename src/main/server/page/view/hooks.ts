// What several views do alike: hold something live, tick, and carry out what a button asks for.

import { useEffect, useRef, useState } from 'preact/hooks';
import { asProblem, type Problem } from '../data/problem.js';

/** Makes it when the view appears, and closes it when the view goes. */
export function useLive<Live extends { close(): void }>(make: () => Live): Live | undefined {
  const [live, setLive] = useState<Live>();
  const first = useRef(make);
  useEffect(() => {
    const made = first.current();
    setLive(made);
    return () => made.close();
  }, []);
  return live;
}

/** Draws the view anew every so often, while `active`. */
export function useTick(everyMs: number, active: boolean): void {
  const [, setTick] = useState(0);
  useEffect(() => {
    if (!active) return;
    const timer = setInterval(() => setTick((tick) => tick + 1), everyMs);
    return () => clearInterval(timer);
  }, [everyMs, active]);
}

/** Something that a button does. */
export interface Action {
  readonly busy: boolean;
  readonly problem: Problem | undefined;
  readonly start: (work: () => Promise<void>) => void;
}

/** One thing at a time, and what became of it. */
export function useAction(): Action {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const gone = useRef(false);
  useEffect(
    () => () => {
      gone.current = true;
    },
    [],
  );
  const start = (work: () => Promise<void>): void => {
    if (busy) return;
    setBusy(true);
    setProblem(undefined);
    work()
      .catch((error: unknown) => setProblem(asProblem(error)))
      .finally(() => {
        if (!gone.current) setBusy(false);
      });
  };
  return { busy, problem, start };
}

/** Loads something when the view appears, or `key` changes. */
export function useLoaded<Value>(
  key: string,
  load: (signal: AbortSignal) => Promise<Value>,
): { readonly value: Value | undefined; readonly problem: Problem | undefined; readonly reload: () => void } {
  const [loaded, setLoaded] = useState<{ value?: Value; problem?: Problem }>({});
  const [round, setRound] = useState(0);
  useEffect(() => {
    const closing = new AbortController();
    load(closing.signal).then(
      (value) => {
        if (!closing.signal.aborted) setLoaded({ value });
      },
      (error: unknown) => {
        if (!closing.signal.aborted) setLoaded({ problem: asProblem(error) });
      },
    );
    return () => closing.abort();
  }, [key, round]);
  return { value: loaded.value, problem: loaded.problem, reload: () => setRound((now) => now + 1) };
}
