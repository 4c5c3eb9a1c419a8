// The form for a new batch.

import { useRef, useState } from 'preact/hooks';
import type { Session } from '../../api/service.js';
import { newIdempotencyKey } from '../data/api-client.js';
import { isFirstInterface } from '../data/batch-files.js';
import { type BatchForm, canisterCount, type FormMistakes, requestOf } from '../data/batch-form.js';
import { countOf, countText, shortText } from '../data/format.js';
import { hashOf } from '../data/route.js';
import type { SignedIn } from '../data/sign-in.js';
import { BatchFilesFields } from './batch-files-fields.js';
import { BatchLimitsFields } from './batch-limits-fields.js';
import { controlOf, Field, type FormState, LineField, LinesField } from './form-field.js';
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
    priority: '',
    proxy: '',
    fields: '',
    bundle: '',
    folder: '',
    dirs: '',
    files: '',
    computeSeconds: '',
    wallSeconds: '',
    memoryMib: '',
    hostCalls: '',
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
  const interfaceVersion = usable.find(({ sha256 }) => sha256 === form.plugin)?.interfaceVersion;
  const change = (changed: Partial<BatchForm>): void => setForm((now) => ({ ...now, ...changed }));
  const state: FormState = { form, mistakes, change };
  const submit = (event: Event): void => {
    event.preventDefault();
    const { request, mistakes: found = {} } = requestOf(form, interfaceVersion);
    setMistakes(found);
    if (request === undefined) {
      show(place.current, Object.keys(found));
      return;
    }
    action.start(async () => {
      const batch = await api.createBatch(request, newIdempotencyKey());
      location.hash = hashOf({ view: 'batch', id: batch.id });
    });
  };
  return (
    <main id="content">
      <ViewTitle title="New batch" />
      <form class="wide-form" ref={place} onSubmit={submit} noValidate>
        <Field {...state} name="plugin" label="Plugin">
          <div class="with-button">
            <select {...controlOf(state, 'plugin')}>
              <option value="">Choose…</option>
              {usable.map(({ sha256, name, interfaceVersion: version }) => (
                <option key={sha256} value={sha256}>
                  {`${name} (${version}, ${shortText(sha256, 8)})`}
                </option>
              ))}
            </select>
            <PluginUpload
              who={who}
              onUploaded={({ sha256 }) => {
                plugins.reload();
                change({ plugin: sha256 });
              }}
            />
          </div>
        </Field>
        <ProblemNote problem={plugins.problem} />
        <div class="columns">
          <Field {...state} name="network" label="Network">
            <select {...controlOf(state, 'network')}>
              {session.networks.map(({ name }) => (
                <option key={name}>{name}</option>
              ))}
            </select>
          </Field>
          <Field {...state} name="identity" label="Identity">
            <select {...controlOf(state, 'identity')}>
              {session.identities.map(({ name }) => (
                <option key={name}>{name}</option>
              ))}
            </select>
          </Field>
        </div>
        <LinesField
          {...state}
          name="canisters"
          label="Canisters"
          hint={`One a line: its principal and, behind a blank, a label. ${countOf(canisterCount(form.canisters), 'line')}.`}
          rows={7}
          placeholder="rrkah-fqaaa-aaaaa-aaaaq-cai backend"
        />
        <ConfiguredLists session={session} onChoose={(canisters) => change({ canisters })} />
        <div class="columns">
          <LineField {...state} name="name" label="Name" hint="Optional" />
          <LineField
            {...state}
            name="concurrency"
            label="Runs at once"
            hint={`Else the service's own, ${countText(session.service.concurrency)}`}
            kind="number"
          />
          <LineField {...state} name="environment" label="Environment" hint="Else the network's name" />
        </div>
        {!isFirstInterface(interfaceVersion) && (
          <LinesField
            {...state}
            name="fields"
            label="Fields"
            hint="One a line: name=value. For plugins of interface 0.2."
          />
        )}
        <BatchFilesFields {...state} who={who} interfaceVersion={interfaceVersion} />
        <BatchLimitsFields {...state} session={session} />
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

/** Opens what hides a mistake, and takes the focus to the first. */
function show(form: HTMLElement | null, names: readonly string[]): void {
  const fields = names.flatMap((name) => form?.querySelector<HTMLElement>(`#batch-${name}`) ?? []);
  for (const field of fields) field.closest('details')?.setAttribute('open', '');
  fields[0]?.focus();
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
          {name} <span class="number aside">{countText(canisters.length)}</span>
        </button>
      ))}
    </div>
  );
}
