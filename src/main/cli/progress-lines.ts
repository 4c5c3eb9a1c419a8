// The lines of a live region: a line for each canister that runs, as far as there is room, and the totals below.

import type { Line } from './line.js';
import type { RegionContent, TerminalSize } from './live-region.js';
import type { CanisterProgress, SyncProgress } from './sync-progress.js';
import { cutEnd, cutMiddle, padEnd, widthOf } from './text-width.js';
import { seconds, tenths } from './units.js';

/** Lines of the screen that are left to what has been said above. */
const ROWS_ABOVE = 6;
const LONGEST_NAME = 24;
/** What is left of a line printed has to be worth its place. */
const SHORTEST_OUTPUT = 12;
/** So that columns do not move when the first canister has run for ten seconds. */
const SHORTEST_ELAPSED = 4;
const GAP = '  ';

/** What there is to see of `progress` on a terminal of that size. */
export function progressContent(progress: SyncProgress, { columns, rows }: TerminalSize): RegionContent {
  if (progress.total === 0 || progress.done === progress.total) return { lines: [], pace: 'still' };
  const width = columns - 1;
  const atMost = Math.max(0, Math.min(rows - 2, Math.max(rows - ROWS_ABOVE, rows / 2)) - 1);
  const { lines, hidden } = progressLines(progress, width, atMost);
  const more: Line[] = hidden > 0 ? [[['dim', `… and ${hidden} more running`]]] : [];
  return { lines: [...lines, ...more, [['dim', totals(progress, width)]]], pace: 'moving' };
}

/** Lines above the totals, and how many canisters run that there is no line for. */
function progressLines(
  progress: SyncProgress,
  width: number,
  atMost: number,
): { readonly lines: readonly Line[]; readonly hidden: number } {
  const { running, waiting } = progress;
  const areAllShown = running.size + waiting.size <= atMost;
  if (running.size === 0 && !areAllShown) {
    const [first] = waiting.values();
    const beginning =
      first === undefined || atMost < 1 ? [] : [cutEnd(`${idleText(first, progress)} …`, width)];
    return { lines: beginning, hidden: 0 };
  }
  // Those that wait are told by the totals, unless there is room for every one.
  const room = areAllShown || running.size <= atMost ? atMost : Math.floor(atMost) - 1;
  const shown = areAllShown ? firstOf(room, running, waiting) : firstOf(room, running);
  const layout = layoutFor(shown, width, progress);
  const lines = shown.map((canister) => canisterLine(canister, layout, progress));
  return { lines, hidden: shown.length === 0 || areAllShown ? 0 : running.size - shown.length };
}

function firstOf(
  most: number,
  ...groups: readonly ReadonlyMap<string, CanisterProgress>[]
): readonly CanisterProgress[] {
  const first: CanisterProgress[] = [];
  for (const group of groups) {
    for (const canister of group.values()) {
      if (first.length >= most) return first;
      first.push(canister);
    }
  }
  return first;
}

interface Layout {
  readonly width: number;
  readonly name: number;
  readonly elapsed: number;
  readonly now: number;
}

function layoutFor(
  shown: readonly CanisterProgress[],
  width: number,
  { nameWidth, now }: SyncProgress,
): Layout {
  const name = Math.min(LONGEST_NAME, Math.floor(width * 0.3), nameWidth);
  const elapsed = Math.max(SHORTEST_ELAPSED, ...shown.map((one) => elapsedText(one, now).length));
  return { width, name, elapsed, now };
}

function canisterLine(canister: CanisterProgress, layout: Layout, progress: SyncProgress): Line {
  const { width, now } = layout;
  const name = padEnd(cutMiddle(canister.name, layout.name), layout.name);
  const elapsed = elapsedText(canister, now).padStart(layout.elapsed);
  const room = width - layout.name - layout.elapsed - 2 * GAP.length;
  const doing = doingWithin(canister, room, progress, now);
  const outputRoom = room - Math.max(widthOf(doing), doingColumns(room)) - GAP.length;
  const output = outputRoom < SHORTEST_OUTPUT ? '' : cutEnd(canister.lastLine.trim(), outputRoom);
  const before = output === '' ? doing : padEnd(doing, doingColumns(room)) + GAP;
  const rest = Math.max(0, room - widthOf(before) - widthOf(output));
  return [name, GAP, before, ['dim', output], ' '.repeat(rest), GAP, ['dim', elapsed]];
}

/** Outputs begin one below the other, unless what is done takes more. */
function doingColumns(room: number): number {
  return Math.min(34, Math.floor(room * 0.6));
}

/** What the canister does, in the longest form that fits. */
function doingWithin(canister: CanisterProgress, room: number, progress: SyncProgress, now: number): string {
  const { step, steps } = canister;
  const many = steps.length > 1 && step > 0;
  const forms = doing(canister, progress, now);
  const long = many ? forms.map((form) => `step ${step}/${steps.length} ${form}`) : forms;
  const short = many ? forms.map((form) => `${step}/${steps.length} ${form}`) : [];
  const all = [...long, ...short];
  return all.find((form) => widthOf(form) <= room) ?? cutEnd(all.at(-1) ?? '', room);
}

function doing(canister: CanisterProgress, progress: SyncProgress, now: number): string[] {
  const { state, call, step, steps } = canister;
  if (state === 'running' && call !== undefined) {
    const { kind, number, method, since } = call;
    const waited = tenths(now - since);
    return [
      `waiting ${waited} on ${kind} ${number} ${method}`,
      `${waited} on ${kind} ${method}`,
      `${waited} ${method}`,
    ];
  }
  if (state === 'running' && progress.ending) return ['ending'];
  if (state === 'running') return [steps[step - 1]?.kind === 'script' ? 'running a script' : 'computing'];
  return [idleText(canister, progress)];
}

function idleText(canister: CanisterProgress, progress: SyncProgress): string {
  if (progress.ending) return 'ending';
  if (progress.isPreparing(canister)) return 'preparing plugin';
  // Nothing is begun before the network has said that every canister is running.
  return progress.begun ? 'queued' : 'starting';
}

function elapsedText({ startedAt }: CanisterProgress, now: number): string {
  return startedAt === undefined ? '' : seconds(now - startedAt);
}

/** The totals, as much of them as fits. */
function totals(progress: SyncProgress, width: number): string {
  const { done, total, failed, running, waiting, calls, elapsedMs, ending } = progress;
  const of = `${done} of ${total} done`;
  const elapsed = seconds(elapsedMs);
  const failures = failed > 0 ? [`${failed} failed`] : [];
  const states = [
    ...(running.size > 0 ? [`${running.size} running`] : []),
    ...failures,
    ...(waiting.size > 0 ? [`${waiting.size} queued`] : []),
  ];
  const state = [ending ? `ending, ${of}` : of, ...states].join(', ');
  const called = `${calls.toLocaleString('en')} ${calls === 1 ? 'call' : 'calls'}`;
  const forms = [
    [state, called, elapsed],
    [state, elapsed],
    [[of, ...failures].join(', '), elapsed],
  ].map((parts) => parts.join(' · '));
  return forms.find((form) => form.length <= width) ?? cutEnd(forms.at(-1) ?? '', width);
}
