// A button that takes a file from the reader's machine.

import { useRef } from 'preact/hooks';
import { useAction } from './hooks.js';
import { ProblemNote } from './parts.js';

export function FileUpload(props: {
  readonly text: string;
  /** What the file is called by a screen reader. */
  readonly label: string;
  /** As the attribute of an input has it. */
  readonly accept: string;
  readonly upload: (file: File) => Promise<void>;
}) {
  const { text, label, accept, upload } = props;
  const input = useRef<HTMLInputElement>(null);
  const action = useAction();
  const take = (file: File | undefined): void => {
    if (file !== undefined) action.start(() => upload(file));
    // So that the same file can be chosen again.
    if (input.current !== null) input.current.value = '';
  };
  return (
    <div class="upload">
      <button type="button" aria-disabled={action.busy} onClick={() => input.current?.click()}>
        {action.busy ? 'Uploading…' : text}
      </button>
      <input
        ref={input}
        type="file"
        accept={accept}
        class="unseen"
        tabIndex={-1}
        aria-label={label}
        onChange={(event) => take(event.currentTarget.files?.[0])}
      />
      <ProblemNote problem={action.problem} />
    </div>
  );
}
