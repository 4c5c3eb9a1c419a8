// The page as a whole: who is signed in, where one can go, and the view that the address names.

import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { hashOf, type PageRoute, routeOf } from './data/route.js';
import { may, type SignedIn, signedIn, signInState, signOut } from './data/sign-in.js';
import { AuditView } from './view/audit-view.js';
import { BatchView } from './view/batch-view.js';
import { BatchesView } from './view/batches-view.js';
import { NewBatchView } from './view/new-batch-view.js';
import { Foreign, ViewTitle } from './view/parts.js';
import { PluginsView } from './view/plugins-view.js';
import { RunView } from './view/run-view.js';
import { RunsView } from './view/runs-view.js';
import { SignInView } from './view/sign-in-view.js';
import { TotalsView } from './view/totals-view.js';

const PLACES = [
  { route: { view: 'batches' }, name: 'Batches' },
  { route: { view: 'runs', filter: {} }, name: 'Runs' },
  { route: { view: 'plugins' }, name: 'Plugins' },
  { route: { view: 'totals' }, name: 'Totals' },
  { route: { view: 'audit', filter: {} }, name: 'Audit', scope: 'admin' },
] as const satisfies readonly { route: PageRoute; name: string; scope?: 'admin' }[];

export function App() {
  const route = useSignal(routeOf(location.hash));
  useEffect(() => {
    const onChange = (): void => {
      route.value = routeOf(location.hash);
    };
    addEventListener('hashchange', onChange);
    return () => removeEventListener('hashchange', onChange);
  }, [route]);
  const who = signedIn.value;
  if (who === undefined) {
    // A token that this tab keeps is being tried: nothing to ask for yet.
    return signInState.value === 'checking' && document.title === 'sandpool' ? null : <SignInView />;
  }
  return (
    <>
      <PageHead who={who} route={route.value} />
      <View key={placeOf(route.value)} who={who} route={route.value} />
    </>
  );
}

/** Where one is: another filter of the same list is no other place. */
function placeOf(route: PageRoute): string {
  return 'filter' in route ? route.view : hashOf(route);
}

function PageHead({ who, route }: { readonly who: SignedIn; readonly route: PageRoute }) {
  const place = PLACES.find((known) => known.route.view === route.view)?.route.view ?? 'batches';
  const places = PLACES.filter((known) => !('scope' in known) || may(who, known.scope));
  const skip = (): void => {
    document.querySelector<HTMLElement>('#content h1')?.focus();
  };
  return (
    <header>
      <button type="button" class="skip" onClick={skip}>
        Skip to content
      </button>
      <span class="brand">sandpool</span>
      <nav aria-label="Views">
        {places.map(({ route: to, name }) => (
          <a key={name} href={hashOf(to)} aria-current={to.view === place ? 'page' : undefined}>
            {name}
          </a>
        ))}
      </nav>
      <span class="who aside">
        <Foreign text={who.session.token.name} /> ({who.session.scopes.join(', ')})
      </span>
      <button type="button" class="quiet" onClick={signOut}>
        Sign out
      </button>
    </header>
  );
}

function View({ who, route }: { readonly who: SignedIn; readonly route: PageRoute }) {
  switch (route.view) {
    case 'batches':
      return <BatchesView who={who} />;
    case 'new-batch':
      return <NewBatchView who={who} />;
    case 'batch':
      return <BatchView who={who} id={route.id} />;
    case 'runs':
      return <RunsView who={who} filter={route.filter} />;
    case 'audit':
      return <AuditView who={who} filter={route.filter} />;
    case 'run':
      return <RunView who={who} id={route.id} />;
    case 'plugins':
      return <PluginsView who={who} />;
    case 'totals':
      return <TotalsView who={who} />;
    default:
      return (
        <main id="content">
          <ViewTitle title="There is nothing here" />
          <p>
            <a href={hashOf({ view: 'batches' })}>Go to the batches</a>
          </p>
        </main>
      );
  }
}
