// The form for a new batch.

import type { ComponentChildren } from 'preact';
import { useRef, useState } from 'preact/hooks';
import type { Session } from '../../api/service.js';
import { newIdempotencyKey } from '../data/api-client.js';
import { type BatchForm, canisterCount, type FormMistakes, requestOf } from '../data/batch-form.js';
import { countOf, shortText } from '../data/format.js';
import { hashOf } from '../data/route.js';
import type { SignedIn } from '../data/sign-in.js';
import { useAction, useLoaded } from './hooks.js';
import { ProblemNote, ViewTitle } from './parts.js';
import { PluginUpload } from './plugin-upload.js';

function emptyForm({ networks, identities }: Session): BatchForm {
  return {
    name: '',
    plugin: '',
    network: networks[0]?.name ?? '',
    identity: identities[0]?.name ?? '',
    environment: '',
    canisters: '',
    concurrency: '',
    fields: '',
  };
}

export function NewBatchView({ who }: { readonly who: SignedIn }) {
  const { session, api } = who;
  const [form, setForm] = useState(() => emptyForm(session));
  const [mistakes, setMistakes] = useState<FormMistakes>({});
  const place = useRef<HTMLFormElement>(null);
  const action = useAction();
  const plugins = useLoaded('plugins', (signal) => api.plugins(signal));
  const usable = plugins.value?.items.filter(({ enabled }) => enabled) ?? [];
  const set = (name: keyof BatchForm) => (event: Event) => {
    const { value } = event.currentTarget as HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;
    setForm((now) => ({ ...now, [name]: value }));
  };
  const submit = (event: Event): void => {
    event.preventDefault();
    const { request, mistakes: found = {} } = requestOf(form);
    setMistakes(found);
    if (request === undefined) {
      const [first = ''] = Object.keys(found);
      place.current?.querySelector<HTMLElement>(`#batch-${first}`)?.focus();
      return;
    }
    action.start(async () => {
      const batch = await api.createBatch(request, newIdempotencyKey());
      location.hash = hashOf({ view: 'batch', id: batch.id });
    });
  };
  /** What ties a control to its label, hint and mistake. */
  const control = (name: keyof BatchForm) => ({
    id: `batch-${name}`,
    'aria-describedby': `batch-${name}-note`,
    'aria-invalid': mistakes[name] !== undefined,
  });
  return (
    <main id="content">
      <ViewTitle title="New batch" />
      <form class="wide-form" ref={place} onSubmit={submit} noValidate>
        <Field name="plugin" label="Plugin" mistake={mistakes.plugin}>
          <div class="with-button">
            <select {...control('plugin')} value={form.plugin} onChange={set('plugin')}>
              <option value="">Choose…</option>
              {usable.map(({ sha256, name, interfaceVersion }) => (
                <option key={sha256} value={sha256}>
                  {`${name} (${interfaceVersion}, ${shortText(sha256, 8)})`}
                </option>
              ))}
            </select>
            <PluginUpload
              who={who}
              onUploaded={({ sha256 }) => {
                plugins.reload();
                setForm((now) => ({ ...now, plugin: sha256 }));
              }}
            />
          </div>
        </Field>
        <ProblemNote problem={plugins.problem} />
        <div class="columns">
          <Field name="network" label="Network" mistake={mistakes.network}>
            <select {...control('network')} value={form.network} onChange={set('network')}>
              {session.networks.map(({ name }) => (
                <option key={name}>{name}</option>
              ))}
            </select>
          </Field>
          <Field name="identity" label="Identity" mistake={mistakes.identity}>
            <select {...control('identity')} value={form.identity} onChange={set('identity')}>
              {session.identities.map(({ name }) => (
                <option key={name}>{name}</option>
              ))}
            </select>
          </Field>
        </div>
        <Field
          name="canisters"
          label="Canisters"
          hint={`One a line: its principal and, behind a blank, a label. ${countOf(canisterCount(form.canisters), 'line')}.`}
          mistake={mistakes.canisters}
        >
          <textarea
            {...control('canisters')}
            rows={7}
            spellcheck={false}
            value={form.canisters}
            onInput={set('canisters')}
            placeholder="rrkah-fqaaa-aaaaa-aaaaq-cai backend"
          />
          <ConfiguredLists
            session={session}
            onChoose={(canisters) => setForm((now) => ({ ...now, canisters }))}
          />
        </Field>
        <div class="columns">
          <Field name="name" label="Name" hint="Optional" mistake={mistakes.name}>
            <input
              {...control('name')}
              maxLength={200}
              value={form.name}
              onInput={set('name')}
              autocomplete="off"
            />
          </Field>
          <Field
            name="concurrency"
            label="Runs at once"
            hint={`Else the service's own, ${session.service.concurrency}`}
            mistake={mistakes.concurrency}
          >
            <input
              {...control('concurrency')}
              inputMode="numeric"
              value={form.concurrency}
              onInput={set('concurrency')}
              autocomplete="off"
            />
          </Field>
          <Field
            name="environment"
            label="Environment"
            hint="Else the network's name"
            mistake={mistakes.environment}
          >
            <input
              {...control('environment')}
              maxLength={200}
              value={form.environment}
              onInput={set('environment')}
              autocomplete="off"
            />
          </Field>
        </div>
        <Field
          name="fields"
          label="Fields"
          hint="One a line: name=value. For plugins of interface 0.2."
          mistake={mistakes.fields}
        >
          <textarea
            {...control('fields')}
            rows={3}
            spellcheck={false}
            value={form.fields}
            onInput={set('fields')}
          />
        </Field>
        <ProblemNote problem={action.problem} />
        <div class="actions">
          <button type="submit" class="primary" aria-disabled={action.busy}>
            {action.busy ? 'Starting…' : 'Start'}
          </button>
          <a class="button" href={hashOf({ view: 'batches' })}>
            Go back
          </a>
        </div>
      </form>
    </main>
  );
}

function Field(props: {
  readonly name: keyof BatchForm;
  readonly label: string;
  readonly hint?: string;
  readonly mistake: string | undefined;
  readonly children: ComponentChildren;
}) {
  const { name, label, hint, mistake, children } = props;
  return (
    <div class="field">
      <label for={`batch-${name}`}>{label}</label>
      {children}
      <p class={mistake === undefined ? 'hint' : 'mistake'} id={`batch-${name}-note`}>
        {mistake ?? hint ?? ''}
      </p>
    </div>
  );
}

function ConfiguredLists(props: {
  readonly session: Session;
  readonly onChoose: (canisters: string) => void;
}) {
  const lists = props.session.canisterLists ?? [];
  if (lists.length === 0) return null;
  return (
    <div class="actions lists">
      <span class="hint">Or take a configured list:</span>
      {lists.map(({ name, canisters }) => (
        <button key={name} type="button" onClick={() => props.onChoose(canisters.join('\n'))}>
          {name} <span class="number aside">{canisters.length}</span>
        </button>
      ))}
    </div>
  );
}
