// The plugins that the service has, and what each may do.

import { useState } from 'preact/hooks';
import type { Plugin } from '../../api/plugins.js';
import { bytesText, timeText } from '../data/format.js';
import { byReach, grantOf } from '../data/grants.js';
import { may, type SignedIn } from '../data/sign-in.js';
import { ConfirmDialog } from './confirm-dialog.js';
import { useAction, useLoaded } from './hooks.js';
import { Figure, Foreign, ProblemNote, ViewTitle } from './parts.js';
import { PluginFetch } from './plugin-fetch.js';
import { PluginUpload } from './plugin-upload.js';

export function PluginsView({ who }: { readonly who: SignedIn }) {
  const { value, problem, reload } = useLoaded('plugins', (signal) => who.api.plugins(signal));
  return (
    <main id="content">
      <div class="view-head">
        <ViewTitle title="Plugins" />
        {may(who, 'run') && <PluginUpload who={who} onUploaded={reload} />}
      </div>
      {may(who, 'run') && <PluginFetch who={who} onFetched={reload} />}
      <ProblemNote problem={problem} />
      {value?.items.length === 0 && <p class="empty">There are no plugins yet.</p>}
      {value?.items.map((plugin) => (
        <PluginCard key={plugin.sha256} who={who} plugin={plugin} onChange={reload} />
      ))}
    </main>
  );
}

function PluginCard(props: {
  readonly who: SignedIn;
  readonly plugin: Plugin;
  readonly onChange: () => void;
}) {
  const { who, plugin, onChange } = props;
  const title = `plugin-${plugin.sha256}`;
  const [asking, setAsking] = useState(false);
  const action = useAction();
  const { api } = who;
  const change = (work: () => Promise<unknown>): void =>
    action.start(async () => {
      await work();
      onChange();
    });
  return (
    <article class="card" aria-labelledby={title}>
      <div class="card-head">
        <h2 id={title}>
          <Foreign text={plugin.name} />
        </h2>
        <span class={plugin.enabled ? 'tag' : 'tag tag-off'}>{plugin.enabled ? 'enabled' : 'disabled'}</span>
        {may(who, 'admin') && (
          <div class="actions">
            <button
              type="button"
              aria-disabled={action.busy}
              aria-describedby={title}
              onClick={() => change(() => api.changePlugin(plugin.sha256, !plugin.enabled))}
            >
              {plugin.enabled ? 'Disable' : 'Enable'}
            </button>
            <button
              type="button"
              aria-disabled={action.busy}
              aria-describedby={title}
              onClick={() => setAsking(true)}
            >
              Delete
            </button>
          </div>
        )}
      </div>
      <ProblemNote problem={action.problem} />
      <dl class="figures">
        <Figure name="Interface">
          <Foreign text={plugin.interfaceVersion} />
        </Figure>
        <Figure name="Size">{bytesText(plugin.sizeBytes)}</Figure>
        <Figure name="Uploaded">{timeText(plugin.createdAt)}</Figure>
        <Figure name="SHA-256">
          <code class="long">{plugin.sha256}</code>
        </Figure>
      </dl>
      <PluginGrants who={who} plugin={plugin} />
      {asking && (
        <ConfirmDialog
          title="Delete this plugin?"
          confirm="Delete the plugin"
          onConfirm={() => change(() => api.deletePlugin(plugin.sha256))}
          onClose={() => setAsking(false)}
        >
          <p>
            <Foreign text={plugin.name} /> is deleted from the service. One that runs name cannot be deleted.
          </p>
        </ConfirmDialog>
      )}
    </article>
  );
}

function PluginGrants({ who, plugin }: { readonly who: SignedIn; readonly plugin: Plugin }) {
  const [open, setOpen] = useState(false);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>What it may do</summary>
      {open && <Inspection who={who} sha256={plugin.sha256} />}
    </details>
  );
}

function Inspection({ who, sha256 }: { readonly who: SignedIn; readonly sha256: string }) {
  const { value, problem } = useLoaded(sha256, (signal) => who.api.inspectPlugin(sha256, signal));
  if (problem !== undefined) return <ProblemNote problem={problem} />;
  if (value === undefined) return <p class="aside">Looking into it…</p>;
  return (
    <>
      {!value.runsHere && (
        <div class="problem">
          <p>
            It would not run here: {value.error === undefined ? '' : <Foreign text={value.error.message} />}
          </p>
          {value.error?.hint !== undefined && (
            <p class="hint">
              <Foreign text={value.error.hint} />
            </p>
          )}
        </div>
      )}
      <table class="grants">
        <caption class="unseen">Imports</caption>
        <thead>
          <tr>
            <th scope="col">It imports</th>
            <th scope="col">What for</th>
          </tr>
        </thead>
        <tbody>
          {byReach(value.imports).map((name) => (
            <tr key={name}>
              <td>
                <code>
                  <Foreign text={name} />
                </code>
              </td>
              <td>{grantOf(name) ?? <span class="bad">not granted to sync plugins</span>}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="aside">
        Exports <Foreign text={value.exports.join(', ')} />
        {value.producers.length > 0 && (
          <>
            {' '}
            · made by <Foreign text={value.producers.join(', ')} />
          </>
        )}
      </p>
    </>
  );
}
