// Who is signed in. The token is kept by the tab, for as long as it is open, and nowhere else.

import { signal } from '@preact/signals';
import type { Session } from '../../api/service.js';
import { ApiClient } from './api-client.js';
import { asProblem, type Problem } from './problem.js';

/** Signed in, and as whom. */
export interface SignedIn {
  readonly api: ApiClient;
  readonly session: Session;
}

const KEY = 'sandpool-token';

/** Undefined: nobody is. */
export const signedIn = signal<SignedIn | undefined>(undefined);

/** `checking` while a token that was kept is tried. */
export const signInState = signal<'checking' | 'waiting'>('waiting');

/** Why signing in did not work, or has ended. */
export const signInProblem = signal<Problem | undefined>(undefined);

/** Tries a token, and keeps it when it is one. */
export async function signIn(token: string): Promise<void> {
  signInState.value = 'checking';
  signInProblem.value = undefined;
  const api = new ApiClient(token, () => {
    if (signedIn.value?.api !== api) return;
    signOut();
    signInProblem.value = {
      ...asProblem('The service no longer accepts the token of this session.'),
      hint: 'Sign in with another one.',
    };
  });
  try {
    const session = await api.session();
    sessionStorage.setItem(KEY, token);
    signedIn.value = { api, session };
  } catch (error) {
    const problem = asProblem(error);
    signInProblem.value = problem;
    // A service that is only away for a moment does not cost the token.
    if (problem.status === 401) sessionStorage.removeItem(KEY);
  } finally {
    signInState.value = 'waiting';
  }
}

/** Goes on with the token that this tab keeps, if any. */
export async function resumeSession(): Promise<void> {
  const token = sessionStorage.getItem(KEY);
  if (token !== null) await signIn(token);
}

/** Forgets the token. */
export function signOut(): void {
  sessionStorage.removeItem(KEY);
  signedIn.value = undefined;
  signInProblem.value = undefined;
}

/** The least first; each includes the one before. */
const SCOPES = ['read', 'run', 'admin'] as const;

/** Whether the token may do that. */
export function may({ session }: SignedIn, scope: 'run' | 'admin'): boolean {
  return session.scopes.some((own) => SCOPES.indexOf(own) >= SCOPES.indexOf(scope));
}
