// Asks for a token.

import { useRef } from 'preact/hooks';
import { signIn, signInProblem, signInState } from '../data/sign-in.js';
import { ProblemNote, ViewTitle } from './parts.js';

export function SignInView() {
  const input = useRef<HTMLInputElement>(null);
  const checking = signInState.value === 'checking';
  const submit = (event: Event): void => {
    event.preventDefault();
    const token = input.current?.value.trim() ?? '';
    if (token === '') input.current?.focus();
    else if (!checking) void signIn(token);
  };
  return (
    <main id="content" class="sign-in">
      <ViewTitle title="Sign in" />
      <form onSubmit={submit}>
        <label for="token">Token</label>
        <input
          id="token"
          ref={input}
          type="password"
          autocomplete="off"
          spellcheck={false}
          required
          aria-describedby="token-hint"
        />
        <p class="hint" id="token-hint">
          Made by <code>sandpool token</code> on the server. This tab keeps it until it is closed.
        </p>
        <ProblemNote problem={signInProblem.value} />
        <div class="actions">
          <button type="submit" class="primary" aria-disabled={checking}>
            {checking ? 'Signing in…' : 'Sign in'}
          </button>
        </div>
      </form>
    </main>
  );
}
