// Which view the address shows: the part behind `#`, so that the service has one page to give.

import { type RunFilter, runFilterOf, searchOf } from './run-filter.js';

/** Whose changes, or of what; members that are absent stand for any. */
export interface AuditFilter {
  readonly actor?: string;
  readonly subject?: string;
}

/** What is shown. */
export type PageRoute =
  | { readonly view: 'batches' }
  | { readonly view: 'new-batch' }
  | { readonly view: 'batch'; readonly id: string }
  | { readonly view: 'runs'; readonly filter: RunFilter }
  | { readonly view: 'run'; readonly id: string }
  | { readonly view: 'audit'; readonly filter: AuditFilter }
  | { readonly view: 'plugins' }
  | { readonly view: 'totals' }
  | { readonly view: 'unknown' };

/** Of what the audit is searched for. */
const MOST_CHARACTERS = 200;
const IDENTIFIER = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The route of an address's `#...`; an empty one is the batches. */
export function routeOf(hash: string): PageRoute {
  const [path = '', search = ''] = splitAt(hash.replace(/^#?\/?/, ''), '?');
  const [view = '', id, ...rest] = path.split('/');
  if (rest.length > 0) return { view: 'unknown' };
  if (id === undefined) {
    if (view === '') return { view: 'batches' };
    if (view === 'runs') return { view, filter: runFilterOf(search) };
    if (view === 'audit') return { view, filter: auditFilterOf(search) };
    return view === 'batches' || view === 'plugins' || view === 'totals' ? { view } : { view: 'unknown' };
  }
  if (view === 'batches' && id === 'new') return { view: 'new-batch' };
  if (!IDENTIFIER.test(id)) return { view: 'unknown' };
  if (view === 'batches') return { view: 'batch', id };
  return view === 'runs' ? { view: 'run', id } : { view: 'unknown' };
}

/** The address of a route. */
export function hashOf(route: PageRoute): string {
  switch (route.view) {
    case 'batch':
      return `#/batches/${route.id}`;
    case 'run':
      return `#/runs/${route.id}`;
    case 'runs':
      return withSearch('#/runs', searchOf(route.filter));
    case 'audit':
      return withSearch('#/audit', new URLSearchParams({ ...route.filter }).toString());
    case 'new-batch':
      return '#/batches/new';
    case 'unknown':
      return '#/batches';
    default:
      return `#/${route.view}`;
  }
}

function auditFilterOf(search: string): AuditFilter {
  const parameters = new URLSearchParams(search);
  const [actor, subject] = ['actor', 'subject'].map((name) =>
    parameters.get(name)?.slice(0, MOST_CHARACTERS),
  );
  return { ...(actor ? { actor } : {}), ...(subject ? { subject } : {}) };
}

function splitAt(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + mark.length)];
}

function withSearch(hash: string, search: string): string {
  return search === '' ? hash : `${hash}?${search}`;
}
