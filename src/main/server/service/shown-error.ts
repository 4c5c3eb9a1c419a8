// What clients are told of errors. Those of the host's own say where things are on it and what is wrong with it, which is
// for those who run the service: the log has it.

import type { SandpoolError } from '../../../bridge/errors.js';
import { type ErrorReport, errorReport } from '../../sync/sync-events.js';

const UNSAID = 'the service could not do it; its log says why';

/** Whether the words of an error are for the log alone. */
export function isPrivate({ kind, code, details }: SandpoolError): boolean {
  return (kind === 'host' || code === 'STORAGE_FULL') && Object.keys(details).length > 0;
}

/** An error as clients are shown it. */
export function shownError(error: SandpoolError): ErrorReport {
  const report = errorReport(error);
  return isPrivate(error) ? { ...report, message: UNSAID, details: {} } : report;
}
