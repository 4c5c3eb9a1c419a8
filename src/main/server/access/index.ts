// Who may do what: the public face.

export { type Bindings, Grant, type Grantable, requireGrant, type WantedAccess } from './grant.js';
export { type HostName, hostInUrl, isLoopbackAddress, parseHostName } from './host-name.js';
export { type RequestAsSent, requireOneReading } from './one-reading.js';
export {
  type AcceptedSources,
  hostAllowed,
  isOrigin,
  originAllowed,
  requireSource,
} from './request-source.js';
export { hasScope, requireScope, SCOPES } from './scopes.js';
