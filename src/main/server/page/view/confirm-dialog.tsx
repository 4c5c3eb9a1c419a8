// Asks before something that cannot be undone. The browser's own dialog: Escape closes it, and the focus goes back.

import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

/** Open for as long as it is there. */
export function ConfirmDialog(props: {
  readonly title: string;
  readonly confirm: string;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const confirmed = (): void => {
    dialog.current?.close();
    props.onConfirm();
  };
  return (
    <dialog ref={dialog} aria-labelledby="dialog-title" onClose={props.onClose}>
      <h2 id="dialog-title">{props.title}</h2>
      {props.children}
      <div class="actions">
        <button type="button" onClick={() => dialog.current?.close()}>
          Go back
        </button>
        <button type="button" class="danger" onClick={confirmed}>
          {props.confirm}
        </button>
      </div>
    </dialog>
  );
}
