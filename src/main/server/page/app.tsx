// The page as a whole: who is signed in, where one can go, and the view that the address names.

import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { hashOf, type PageRoute, routeOf } from './data/route.js';
import { type SignedIn, signedIn, signInState, signOut } from './data/sign-in.js';
import { BatchView } from './view/batch-view.js';
import { BatchesView } from './view/batches-view.js';
import { NewBatchView } from './view/new-batch-view.js';
import { Foreign, ViewTitle } from './view/parts.js';
import { PluginsView } from './view/plugins-view.js';
import { RunView } from './view/run-view.js';
import { SignInView } from './view/sign-in-view.js';
import { TotalsView } from './view/totals-view.js';

const PLACES = [
  { view: 'batches', name: 'Batches' },
  { view: 'plugins', name: 'Plugins' },
  { view: 'totals', name: 'Totals' },
] as const;

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
      <View key={hashOf(route.value)} who={who} route={route.value} />
    </>
  );
}

function PageHead({ who, route }: { readonly who: SignedIn; readonly route: PageRoute }) {
  const place = route.view === 'plugins' || route.view === 'totals' ? route.view : 'batches';
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
        {PLACES.map(({ view, name }) => (
          <a key={view} href={hashOf({ view })} aria-current={view === place ? 'page' : undefined}>
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
