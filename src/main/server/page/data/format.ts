// How figures are written on the page: the same everywhere, and of a width that does not jump.

const grouped = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** `12,345`. */
export function countText(count: number): string {
  return grouped.format(count);
}

/** `1 run`, `2 runs`. */
export function countOf(count: number, noun: string, plural = `${noun}s`): string {
  return `${countText(count)} ${count === 1 ? noun : plural}`;
}

/** `0.4 ms`, `38 ms`, `4.20 s`, `3 min 07 s`, `2 h 05 min`. */
export function durationText(milliseconds: number): string {
  const ms = Math.max(0, milliseconds);
  if (ms < 9.95) return `${ms.toFixed(ms === 0 ? 0 : 1)} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 9995) return `${(ms / 1000).toFixed(2)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${(ms / 1000).toFixed(1)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${twoDigits(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${twoDigits(minutes % 60)} min`;
}

/** In powers of 1024: `512 B`, `1.5 KiB`, `20 MiB`. */
export function bytesText(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 || value >= 99.5 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** A rate of runs: `0/s`, `0.4/s`, `37/s`. */
export function rateText(perSecond: number): string {
  return `${perSecond === 0 || perSecond >= 9.95 ? countText(perSecond) : perSecond.toFixed(1)}/s`;
}

/** The time at the reader's: `2026-11-21 16:45:02`. */
export function timeText(time: string | number): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return '';
  return `${dayText(date)} ${clockText(date)}`;
}

/** The time of day at the reader's: `16:45:02`. */
export function clockText(time: string | number | Date): string {
  const date = new Date(time);
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map(twoDigits).join(':');
}

/** What is left of a hash or an id when there is no room: its first `length` characters. */
export function shortText(text: string, length = 12): string {
  return text.length > length ? `${text.slice(0, length)}…` : text;
}

/**
 * Text that a plugin or a client chose, with its control characters made visible: they would be dropped, or break a line
 * where the layout has room for one. Marks of direction stay; what shows the text isolates them.
 */
export function visibleText(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it looks for
  return text.replace(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u2028\u2029]/g, (character) => {
    const code = character.charCodeAt(0);
    if (code < 0x20) return String.fromCharCode(0x2400 + code);
    return code === 0x7f ? '\u2421' : '\ufffd';
  });
}

/** `34%`; never `100%` before all is done, nor `0%` once something is. */
export function percentText(done: number, all: number): string {
  if (all === 0) return '0%';
  const percent = (100 * done) / all;
  if (done > 0 && percent < 1) return '<1%';
  return `${done < all ? Math.min(99, Math.floor(percent)) : 100}%`;
}

function dayText(date: Date): string {
  return `${date.getFullYear()}-${twoDigits(date.getMonth() + 1)}-${twoDigits(date.getDate())}`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
