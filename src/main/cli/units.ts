// Numbers as people read them.

/** `850 ms`, `1.2 s`, `3 min 5 s`. */
export function duration(ms: number): string {
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** The same in whole seconds, for what is drawn over and over: `41 s`, `3 min 5 s`. */
export function seconds(ms: number): string {
  const whole = Math.floor(ms / 1000);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** The same in seconds with tenths, which does not change its form every moment: `0.1 s`, `1.4 s`, `3 min 5 s`. */
export function tenths(ms: number): string {
  return ms < 59_950 ? `${(ms / 1000).toFixed(1)} s` : seconds(ms);
}

const UNITS = ['KiB', 'MiB', 'GiB'] as const;

/** `512 B`, `1.5 KiB`, `12.0 MiB`. */
export function bytes(count: number): string {
  if (count < 1024) return `${count} B`;
  let value = count;
  let unit: string = UNITS[0];
  for (const candidate of UNITS) {
    value /= 1024;
    unit = candidate;
    if (value < 1024) break;
  }
  return `${value.toFixed(1)} ${unit}`;
}

/** `1 call`, `2 calls`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
