// The refusal of a core module that may well be valid, but uses what this host does not run.

/** The module uses something that this host does not run. */
export class UnsupportedInModule extends Error {
  override readonly name = 'UnsupportedInModule';
  /** What it is, for the message of UNSUPPORTED_FEATURE: `64-bit memories`, `instruction 0xfb 0x02`. */
  readonly feature: string;

  constructor(feature: string) {
    super(`it uses ${feature}`);
    this.feature = feature;
  }
}

/** A byte as messages show it: `0x0b`. */
export function hex(value: number): string {
  return `0x${value.toString(16).padStart(2, '0')}`;
}
