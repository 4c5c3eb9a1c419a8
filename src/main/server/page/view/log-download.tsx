// Gives a run's whole log as a file.

import type { Run } from '../../api/runs.js';
import { logFileName, logTextOf } from '../data/log-text.js';
import type { SignedIn } from '../data/sign-in.js';
import { useAction } from './hooks.js';
import { ProblemNote } from './parts.js';

/** Long enough for a browser to begin with it. */
const KEPT_MS = 60_000;

export function LogDownload({ who, run }: { readonly who: SignedIn; readonly run: Run }) {
  const action = useAction();
  const download = (): void =>
    action.start(async () => {
      const text = logTextOf(await who.api.run(run.id), await who.api.allRunEvents(run.id));
      const url = URL.createObjectURL(new Blob([text], { type: 'text/plain;charset=utf-8' }));
      const link = document.createElement('a');
      link.href = url;
      link.download = logFileName(run);
      link.click();
      setTimeout(() => URL.revokeObjectURL(url), KEPT_MS);
    });
  return (
    <>
      <button type="button" aria-disabled={action.busy} onClick={download}>
        {action.busy ? 'Loading…' : 'Download the log'}
      </button>
      <ProblemNote problem={action.problem} />
    </>
  );
}
