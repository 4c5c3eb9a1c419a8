// Has the service fetch a plugin from a public address.

import { useState } from 'preact/hooks';
import type { SignedIn } from '../data/sign-in.js';
import { useAction } from './hooks.js';
import { ProblemNote } from './parts.js';

const SHA256 = /^[0-9a-f]{64}$/;

export function PluginFetch({ who, onFetched }: { readonly who: SignedIn; readonly onFetched: () => void }) {
  const [url, setUrl] = useState('');
  const [sha256, setSha256] = useState('');
  const [mistake, setMistake] = useState('');
  const action = useAction();
  const submit = (event: Event): void => {
    event.preventDefault();
    const wanted = { url: url.trim(), sha256: sha256.trim().toLowerCase() };
    const wrong = mistakeOf(wanted);
    setMistake(wrong);
    if (wrong !== '') return;
    action.start(async () => {
      await who.api.fetchPlugin(wanted);
      setUrl('');
      setSha256('');
      onFetched();
    });
  };
  return (
    <details class="fetch">
      <summary>Fetch a plugin from an address</summary>
      <form onSubmit={submit} noValidate>
        <div class="columns">
          <div class="field">
            <label for="fetch-url">Address</label>
            <input
              id="fetch-url"
              type="url"
              maxLength={2048}
              value={url}
              onInput={(event) => setUrl(event.currentTarget.value)}
              aria-describedby="fetch-note"
              autocomplete="off"
            />
          </div>
          <div class="field">
            <label for="fetch-sha256">SHA-256</label>
            <input
              id="fetch-sha256"
              maxLength={64}
              spellcheck={false}
              value={sha256}
              onInput={(event) => setSha256(event.currentTarget.value)}
              aria-describedby="fetch-note"
              autocomplete="off"
            />
          </div>
        </div>
        <p class={mistake === '' ? 'hint' : 'mistake'} id="fetch-note">
          {mistake ||
            'The service fetches it over https, from public addresses only, and takes no other content.'}
        </p>
        <ProblemNote problem={action.problem} />
        <button type="submit" aria-disabled={action.busy}>
          {action.busy ? 'Fetching…' : 'Fetch'}
        </button>
      </form>
    </details>
  );
}

function mistakeOf({ url, sha256 }: { readonly url: string; readonly sha256: string }): string {
  if (!URL.canParse(url) || new URL(url).protocol !== 'https:') return 'The address must be one of https';
  return SHA256.test(sha256) ? '' : 'The SHA-256 has 64 hex characters';
}
