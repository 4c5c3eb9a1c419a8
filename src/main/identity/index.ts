// The public face of this folder, which owns whose key signs.

export { type ChoiceOptions, chooseIdentity } from './choose-identity.js';
export {
  type IdentitySource,
  loadIdentity,
  type PemFileSource,
  type StoredIdentitySource,
} from './load-identity.js';
export type { PasswordRequest, PasswordSource } from './password.js';
