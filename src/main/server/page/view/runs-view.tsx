// Runs of all batches and of none: what was, found by state, canister, plugin and time.

import { useState } from 'preact/hooks';
import type { Plugin } from '../../api/plugins.js';
import type { Run } from '../../api/runs.js';
import { durationText, shortText, timeText } from '../data/format.js';
import { Pages } from '../data/pages.js';
import { hashOf } from '../data/route.js';
import { fieldOfTime, namedSpans, type RunFilter, searchOf, timeOfField } from '../data/run-filter.js';
import { STATES } from '../data/run-states.js';
import type { SignedIn } from '../data/sign-in.js';
import { useLive, useLoaded } from './hooks.js';
import { Foreign, MoreButton, ProblemNote, StateMark, ViewTitle } from './parts.js';

const PAGE_SIZE = 100;

export function RunsView({ who, filter }: { readonly who: SignedIn; readonly filter: RunFilter }) {
  const plugins = useLoaded('plugins', (signal) => who.api.plugins(signal));
  const search = searchOf(filter);
  return (
    <main id="content">
      <div class="view-head">
        <ViewTitle title="Runs" />
      </div>
      <FilterForm key={`form ${search}`} filter={filter} plugins={plugins.value?.items ?? []} />
      <ProblemNote problem={plugins.problem} />
      <FoundRuns key={search} who={who} filter={filter} plugins={plugins.value?.items ?? []} />
    </main>
  );
}

function go(filter: RunFilter): void {
  location.hash = hashOf({ view: 'runs', filter });
}

function FilterForm(props: { readonly filter: RunFilter; readonly plugins: readonly Plugin[] }) {
  const { filter, plugins } = props;
  const [form, setForm] = useState({
    state: filter.state ?? '',
    canister: filter.canister ?? '',
    plugin: filter.plugin ?? '',
    from: fieldOfTime(filter.from),
    to: fieldOfTime(filter.to),
  });
  const control = (name: keyof typeof form) => ({
    id: `find-${name}`,
    value: form[name],
    onInput: (event: Event) => setForm({ ...form, [name]: (event.currentTarget as HTMLInputElement).value }),
  });
  const wanted = (): RunFilter => {
    const times = { from: timeOfField(form.from), to: timeOfField(form.to) };
    const { state, plugin } = form;
    const all = { state, plugin, canister: form.canister.trim(), ...times };
    return Object.fromEntries(Object.entries(all).filter(([, value]) => value));
  };
  const submit = (event: Event): void => {
    event.preventDefault();
    go(wanted());
  };
  return (
    <form class="find" onSubmit={submit} aria-label="Which runs">
      <label for="find-state">State</label>
      <select {...control('state')}>
        <option value="">any</option>
        {STATES.map((state) => (
          <option key={state}>{state}</option>
        ))}
      </select>
      <label for="find-canister">Canister</label>
      <input
        {...control('canister')}
        type="search"
        maxLength={63}
        pattern=" *[a-z0-9]{1,5}(-[a-z0-9]{1,5}){0,12} *"
        title="A principal"
        placeholder="any"
        spellcheck={false}
      />
      <label for="find-plugin">Plugin</label>
      <select {...control('plugin')}>
        <option value="">any</option>
        {plugins.map(({ sha256, name }) => (
          <option key={sha256} value={sha256}>{`${name} (${shortText(sha256, 8)})`}</option>
        ))}
      </select>
      <label for="find-from">Made from</label>
      <input {...control('from')} type="datetime-local" />
      <label for="find-to">until</label>
      <input {...control('to')} type="datetime-local" />
      <div class="actions">
        <button type="submit" class="primary">
          Find
        </button>
        {namedSpans(new Date()).map(({ name, ...span }) => (
          <button
            key={name}
            type="button"
            onClick={() => {
              const { from: _from, to: _to, ...others } = wanted();
              go({ ...others, ...span });
            }}
          >
            {name}
          </button>
        ))}
        {searchOf(filter) !== '' && <a href={hashOf({ view: 'runs', filter: {} })}>Show all</a>}
      </div>
    </form>
  );
}

function FoundRuns(props: {
  readonly who: SignedIn;
  readonly filter: RunFilter;
  readonly plugins: readonly Plugin[];
}) {
  const { who, filter, plugins } = props;
  const pages = useLive(
    () =>
      new Pages<Run>((before, signal) =>
        who.api.runs({ ...filter, limit: PAGE_SIZE, ...(before === undefined ? {} : { before }) }, signal),
      ),
  );
  const items = pages?.items.value;
  const names = new Map(plugins.map(({ sha256, name }) => [sha256, name]));
  return (
    <>
      <ProblemNote problem={pages?.problem.value} />
      <p class="unseen" role="status">
        {items === undefined ? '' : `${items.length} runs`}
      </p>
      {items?.length === 0 && <p class="empty">There are no runs like that.</p>}
      {items !== undefined && items.length > 0 && (
        <div class="table-place">
          <table>
            <caption class="unseen">Runs, the newest first</caption>
            <thead>
              <tr>
                <th scope="col">Canister</th>
                <th scope="col">State</th>
                <th scope="col">Plugin</th>
                <th scope="col">Made</th>
                <th scope="col" class="number">
                  Took
                </th>
                <th scope="col">What went wrong</th>
              </tr>
            </thead>
            <tbody>
              {items.map((run) => (
                <RunLine key={run.id} run={run} plugin={names.get(run.plugin) ?? shortText(run.plugin)} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      <MoreButton pages={pages} label="Show older runs" />
    </>
  );
}

function RunLine({ run, plugin }: { readonly run: Run; readonly plugin: string }) {
  const { id, label, canister, state, startedAt, endedAt, error } = run;
  return (
    <tr>
      <th scope="row">
        <a href={hashOf({ view: 'run', id })}>
          {label === undefined ? <span class="canister">{canister}</span> : <Foreign text={label} />}
        </a>
        {label !== undefined && <div class="aside canister">{canister}</div>}
      </th>
      <td>
        <StateMark state={state} />
      </td>
      <td>
        <Foreign text={plugin} />
        {run.batch !== undefined && (
          <div>
            <a class="aside" href={hashOf({ view: 'batch', id: run.batch })}>
              its batch
            </a>
          </div>
        )}
      </td>
      <td class="time">{timeText(run.createdAt)}</td>
      <td class="number">
        {startedAt === undefined || endedAt === undefined
          ? ''
          : durationText(Date.parse(endedAt) - Date.parse(startedAt))}
      </td>
      <td class="why">{error !== undefined && <RunFailure code={error.code} message={error.message} />}</td>
    </tr>
  );
}

function RunFailure({ code, message }: { readonly code: string; readonly message: string }) {
  return (
    <>
      <span class="bad">
        <Foreign text={message} />
      </span>
      <div class="aside">
        <code>{code}</code>
      </div>
    </>
  );
}
