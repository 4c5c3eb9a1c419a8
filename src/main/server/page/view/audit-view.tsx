// Every change, and who made it. For those who administer.

import type { AuditEntry } from '../../api/service.js';
import { timeText, visibleText } from '../data/format.js';
import { Pages } from '../data/pages.js';
import { type AuditFilter, hashOf, type PageRoute } from '../data/route.js';
import type { SignedIn } from '../data/sign-in.js';
import { useLive } from './hooks.js';
import { Foreign, MoreButton, ProblemNote, ViewTitle } from './parts.js';

const PAGE_SIZE = 100;

export function AuditView({ who, filter }: { readonly who: SignedIn; readonly filter: AuditFilter }) {
  const { actor, subject } = filter;
  return (
    <main id="content">
      <div class="view-head">
        <ViewTitle title="Audit" />
      </div>
      {(actor !== undefined || subject !== undefined) && (
        <p>
          {actor !== undefined && (
            <>
              By <Code text={actor} />.{' '}
            </>
          )}
          {subject !== undefined && (
            <>
              Of <Code text={subject} />.{' '}
            </>
          )}
          <a href={hashOf({ view: 'audit', filter: {} })}>Show all</a>
        </p>
      )}
      <Entries key={hashOf({ view: 'audit', filter })} who={who} filter={filter} />
    </main>
  );
}

function Entries({ who, filter }: { readonly who: SignedIn; readonly filter: AuditFilter }) {
  const pages = useLive(
    () =>
      new Pages<AuditEntry>((before, signal) =>
        who.api.audit({ ...filter, limit: PAGE_SIZE, ...(before === undefined ? {} : { before }) }, signal),
      ),
  );
  const items = pages?.items.value;
  return (
    <>
      <ProblemNote problem={pages?.problem.value} />
      {items?.length === 0 && <p class="empty">There are no changes like that.</p>}
      {items !== undefined && items.length > 0 && (
        <div class="table-place">
          <table class="audit">
            <caption class="unseen">Changes, the newest first</caption>
            <thead>
              <tr>
                <th scope="col">When</th>
                <th scope="col">What</th>
                <th scope="col">Of what</th>
                <th scope="col">Details</th>
                <th scope="col">Who</th>
              </tr>
            </thead>
            <tbody>
              {items.map((entry) => (
                <EntryLine key={entry.number} who={who} entry={entry} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      <MoreButton pages={pages} label="Show older changes" />
    </>
  );
}

function EntryLine({ who, entry }: { readonly who: SignedIn; readonly entry: AuditEntry }) {
  const { time, actor, action, subject, details } = entry;
  const { token } = who.session;
  const place = placeOf(entry);
  return (
    <tr>
      <td class="time">{timeText(time)}</td>
      <td>
        {place === undefined ? (
          <Foreign text={action} />
        ) : (
          <a href={hashOf(place)}>
            <Foreign text={action} />
          </a>
        )}
      </td>
      <td>
        <a href={hashOf({ view: 'audit', filter: { subject } })}>
          <Code text={subject} />
        </a>
      </td>
      <td class="long">
        <Foreign text={detailsText(details)} />
      </td>
      <td>
        <a href={hashOf({ view: 'audit', filter: { actor } })} title={visibleText(actor)}>
          {actor === token.id ? (
            <>
              <Foreign text={token.name} /> (you)
            </>
          ) : (
            <Code text={actor} />
          )}
        </a>
      </td>
    </tr>
  );
}

/** Where that which was changed can be looked at. */
function placeOf({ action, subject }: AuditEntry): PageRoute | undefined {
  if (action.startsWith('batch.')) return { view: 'batch', id: subject };
  if (action.startsWith('run.')) return { view: 'run', id: subject };
  return action.startsWith('plugin.') ? { view: 'plugins' } : undefined;
}

function Code({ text }: { readonly text: string }) {
  return (
    <code class="long">
      <Foreign text={text} />
    </code>
  );
}

/** `runs 12, name "evening"`; empty when there are none. */
function detailsText(details: unknown): string {
  if (typeof details !== 'object' || details === null) return '';
  return Object.entries(details)
    .map(([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ');
}
