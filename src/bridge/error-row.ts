// What a row of the table of errors is, and the usual ones of each kind.

/** Who can mend it: the caller, the plugin's author, a limit's setting, the network, or the host itself. */
export type ErrorKind = 'user' | 'plugin' | 'limit' | 'network' | 'host';

/** What is known of a code. */
export interface ErrorRow {
  readonly kind: ErrorKind;
  readonly exitCode: number;
  readonly httpStatus: number;
  /** `{name}` is replaced by the detail of that name. */
  readonly message: string;
  /** What to do about it; may use details too. */
  readonly hint?: string;
}

export const user = (message: string, hint?: string, httpStatus = 400): ErrorRow =>
  row('user', 2, httpStatus, message, hint);
export const plugin = (message: string, hint?: string): ErrorRow => row('plugin', 1, 422, message, hint);
export const limit = (message: string, hint?: string): ErrorRow => row('limit', 3, 422, message, hint);
export const network = (message: string, hint?: string): ErrorRow => row('network', 4, 502, message, hint);
export const host = (message: string, hint?: string, exitCode = 70, httpStatus = 500): ErrorRow =>
  row('host', exitCode, httpStatus, message, hint);

/** A row of the table. */
export function row(
  kind: ErrorKind,
  exitCode: number,
  httpStatus: number,
  message: string,
  hint?: string,
): ErrorRow {
  return hint === undefined
    ? { kind, exitCode, httpStatus, message }
    : { kind, exitCode, httpStatus, message, hint };
}
