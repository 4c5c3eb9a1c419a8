// A field of the form for a new batch: its label, its control, and what is said below it.

import type { ComponentChildren } from 'preact';
import type { BatchForm, FormMistakes } from '../data/batch-form.js';

/** The form as a part of it sees it. */
export interface FormState {
  readonly form: BatchForm;
  readonly mistakes: FormMistakes;
  readonly change: (change: Partial<BatchForm>) => void;
}

interface FieldProps extends FormState {
  readonly name: keyof BatchForm;
  readonly label: string;
  readonly hint?: string;
}

/** What ties a control to its label, hint and mistake, and to the form. */
export function controlOf({ form, mistakes, change }: FormState, name: keyof BatchForm) {
  return {
    id: `batch-${name}`,
    'aria-describedby': `batch-${name}-note`,
    'aria-invalid': mistakes[name] !== undefined,
    value: form[name],
    onInput: (event: Event) => change({ [name]: (event.currentTarget as HTMLInputElement).value }),
  };
}

/** With a control of one's own. */
export function Field(props: FieldProps & { readonly children: ComponentChildren }) {
  const { name, label, hint = '', mistakes, children } = props;
  return (
    <div class="field">
      <label for={`batch-${name}`}>{label}</label>
      {children}
      <p class={mistakes[name] === undefined ? 'hint' : 'mistake'} id={`batch-${name}-note`}>
        {mistakes[name] ?? hint}
      </p>
    </div>
  );
}

/** A line of text, or a number. */
export function LineField(props: FieldProps & { readonly kind?: 'text' | 'number'; readonly most?: number }) {
  const { name, kind = 'text', most = 200 } = props;
  return (
    <Field {...props}>
      <input
        {...controlOf(props, name)}
        maxLength={most}
        inputMode={kind === 'number' ? 'decimal' : 'text'}
        spellcheck={false}
        autocomplete="off"
      />
    </Field>
  );
}

/** Something a line each. */
export function LinesField(props: FieldProps & { readonly rows?: number; readonly placeholder?: string }) {
  const { name, rows = 3, placeholder } = props;
  return (
    <Field {...props}>
      <textarea {...controlOf(props, name)} rows={rows} spellcheck={false} placeholder={placeholder} />
    </Field>
  );
}
