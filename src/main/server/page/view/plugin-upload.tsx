// Uploads a plugin from the reader's machine.

import { useRef } from 'preact/hooks';
import type { Plugin } from '../../api/plugins.js';
import type { SignedIn } from '../data/sign-in.js';
import { useAction } from './hooks.js';
import { ProblemNote } from './parts.js';

const MOST_NAME_CHARACTERS = 200;

export function PluginUpload(props: {
  readonly who: SignedIn;
  readonly onUploaded: (plugin: Plugin) => void;
}) {
  const { who, onUploaded } = props;
  const input = useRef<HTMLInputElement>(null);
  const action = useAction();
  const upload = (file: File | undefined): void => {
    if (file === undefined) return;
    action.start(async () => {
      const name = file.name.replace(/\.wasm$/, '').slice(0, MOST_NAME_CHARACTERS) || 'plugin';
      onUploaded(await who.api.uploadPlugin(file, name));
    });
    // So that the same file can be chosen again.
    if (input.current !== null) input.current.value = '';
  };
  return (
    <div class="upload">
      <button type="button" aria-disabled={action.busy} onClick={() => input.current?.click()}>
        {action.busy ? 'Uploading…' : 'Upload a plugin'}
      </button>
      <input
        ref={input}
        type="file"
        accept=".wasm,application/wasm"
        class="unseen"
        tabIndex={-1}
        aria-label="Plugin file"
        onChange={(event) => upload(event.currentTarget.files?.[0])}
      />
      <ProblemNote problem={action.problem} />
    </div>
  );
}
