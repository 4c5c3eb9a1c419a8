// Which view the address shows: the part behind `#`, so that the service has one page to give.

/** What is shown. */
export type PageRoute =
  | { readonly view: 'batches' }
  | { readonly view: 'new-batch' }
  | { readonly view: 'batch'; readonly id: string }
  | { readonly view: 'run'; readonly id: string }
  | { readonly view: 'plugins' }
  | { readonly view: 'totals' }
  | { readonly view: 'unknown' };

const IDENTIFIER = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The route of an address's `#...`; an empty one is the batches. */
export function routeOf(hash: string): PageRoute {
  const [view = '', id, ...rest] = hash.replace(/^#?\/?/, '').split('/');
  if (rest.length > 0) return { view: 'unknown' };
  if (id === undefined) {
    if (view === '') return { view: 'batches' };
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
    case 'new-batch':
      return '#/batches/new';
    case 'unknown':
      return '#/batches';
    default:
      return `#/${route.view}`;
  }
}
