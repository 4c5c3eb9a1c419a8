// Principals as users write them: checking the text, with an error that says whose it is.
import { Principal } from '@icp-sdk/core/principal';
import { SandpoolError } from '../../bridge/errors.js';

/** The management canister, in text. */
export const MANAGEMENT_CANISTER_ID = 'aaaaa-aa';

/** Checking a text takes longer than anything else that is done with it, and every call names the same few. */
const KEPT = 4096;
const parsed = new Map<string, Principal>();

/**
 * The principal that `text` names. `subject` says what it is for and begins the error's message.
 *
 * @throws INVALID_PRINCIPAL when the text is not a principal in its canonical form.
 */
export function parsePrincipal(subject: string, text: string): Principal {
  const known = parsed.get(text);
  if (known !== undefined) return known;
  try {
    const principal = Principal.fromText(text);
    if (principal.toText() === text) return keep(text, principal);
  } catch {
    // Falls through: whatever is wrong with it, it is not a principal.
  }
  throw new SandpoolError('INVALID_PRINCIPAL', { subject, value: JSON.stringify(text) });
}

function keep(text: string, principal: Principal): Principal {
  if (parsed.size === KEPT) parsed.clear();
  parsed.set(text, principal);
  return principal;
}
