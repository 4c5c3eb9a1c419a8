// The errors of the service: of its configuration and its store, what it is asked for and what it is sent, and of those who
// use it from elsewhere. Part of the one table in errors.ts.

import { type ErrorRow, host, network, row, user } from './error-row.js';

export const SERVICE_ERRORS = {
  CONFIG_UNREADABLE: user(
    'the configuration {file} cannot be read: {reason}',
    'name the file with --config, or in SANDPOOL_CONFIG',
  ),
  CONFIG_INVALID: user('{file}:{line}:{column}: {reason}'),
  UNAUTHENTICATED: user(
    'this needs a token, and there is none in the request, or none that opens anything',
    'send `Authorization: Bearer` and a secret that `sandpool token create` printed, of a token that was not revoked',
    401,
  ),
  SCOPE_MISSING: user(
    'this needs a token of scope {needed}; this one has {scopes}',
    'use another token: `sandpool token create --scope {needed}` makes one',
    403,
  ),
  ACCESS_DENIED: user(
    'this token may not use {subjects}',
    '/v1/session says what it may use; what else there is, those who run the service know',
    403,
  ),
  HOST_REFUSED: user(
    'the service does not answer to the name {host}',
    'send the request to localhost or 127.0.0.1 with its port, or add the name to `hosts` in the configuration',
    421,
  ),
  ORIGIN_REFUSED: user(
    'pages from {origin} may not send requests to the service',
    'add it to `origins` in the configuration if it is to be trusted',
    403,
  ),

  STORE_INVALID: user(
    '{file} is not a store of sandpool: {reason}',
    'give the file of a store, or one that does not exist yet',
  ),
  STORE_UNWRITABLE: host(
    'the store {file} cannot be written: {reason}',
    'choose a file in a folder that may be written to',
  ),
  STORE_IN_USE: host(
    'the store {file} is in use by another process',
    'a store has one process at a time: end the other one, or choose another file',
    70,
    503,
  ),
  STORE_OUTDATED: host(
    'the store {file} has version {version}, and another process has it open; this sandpool needs version {needed}',
    'an older sandpool serves it: use the command of that one, or end it first',
    70,
    503,
  ),
  STORE_TOO_NEW: host(
    'the store {file} has version {version}; this sandpool knows versions up to {known}',
    'a newer sandpool has worked on it: use that one, or choose another file',
  ),
  STORE_DAMAGED: host(
    'the store {file} is damaged: {reason}',
    'put back a copy of it, or move it away to begin with an empty one',
  ),
  STORE_FULL: host(
    'there is no space left for the store {file}',
    'make space on its disk; nothing is lost of what was recorded before',
    70,
    507,
  ),
  STORE_CLOSED: host('the store {file} is closed', undefined, 70, 503),
  TOKEN_NOT_FOUND: user('there is no token {token}', undefined, 404),
  PLUGIN_NOT_UPLOADED: user('no plugin with sha256 {sha256} was uploaded', 'upload it first', 404),
  PLUGIN_DISABLED: user('the plugin {sha256} is disabled', 'enable it, or choose another', 409),
  PLUGIN_IN_USE: user(
    'the plugin {sha256} is named by runs that are kept',
    'disable it instead; it can be removed when those runs are no longer kept',
    409,
  ),
  RUN_NOT_FOUND: user('there is no run {run}', 'runs are kept for a limited time', 404),
  BATCH_NOT_FOUND: user('there is no batch {batch}', 'batches are kept for a limited time', 404),
  RUN_STATE_CONFLICT: user('{subject} is {state}: it cannot become {next}', undefined, 409),
  RUN_INTERRUPTED: host(
    'the service was ended while the run was under way',
    'see which of its updates were applied, and ask the network about those that are unknown; then retry it',
  ),
  IDEMPOTENCY_CONFLICT: user(
    'the idempotency key {key} was used for another request',
    'use a new key for each new request; a key is remembered for 24 hours',
    409,
  ),
  UPLOAD_TOO_LARGE: user(
    'the upload has more than {limitBytes} bytes, the most that is taken',
    'send less, or raise {setting}; now {limitBytes}',
    413,
  ),
  UPLOAD_HASH_MISMATCH: user(
    'the upload has sha256 {actual}, not {expected} as announced',
    'it was changed on its way, or another file was sent: send it again',
    422,
  ),
  UPLOAD_INTERRUPTED: user('the upload ended before it was whole: {reason}', 'send it again'),
  UPLOAD_CANCELLED: host('the upload was cancelled', undefined, 130, 499),
  CONTENT_NOT_FOUND: user('nothing with sha256 {sha256} is stored here', 'upload it first', 404),
  CONTENT_DAMAGED: host(
    'what is stored under sha256 {sha256} is no longer that',
    'delete it and upload it again',
  ),
  BUNDLE_FORMAT_UNKNOWN: user(
    'the bundle is no archive of a known kind: {reason}',
    'send a tar (ustar, pax or GNU), a tar compressed with gzip, or a zip',
    415,
  ),
  BUNDLE_REFUSED: user(
    'the bundle is refused: {reason}',
    'a bundle holds plain files and directories, by relative names that are valid everywhere',
    422,
  ),
  BUNDLE_LIMIT_EXCEEDED: row(
    'limit',
    3,
    413,
    'the bundle is refused: {reason}',
    'send less, or raise {setting}; now {limit}',
  ),
  BUNDLE_NOT_FOUND: user('there is no bundle {id}', 'upload it first', 404),
  BUNDLE_IN_USE: user(
    'the bundle {id} is named by runs that are kept or under way',
    'it can be removed when those runs are no longer kept',
    409,
  ),
  BUNDLE_DAMAGED: host('the stored bundle {id} had lost files, and was removed: {reason}', 'upload it again'),
  STORAGE_FULL: row(
    'limit',
    3,
    507,
    'there is no room for this in {folder}: {reason}',
    'delete what is no longer needed',
  ),
  STORAGE_FAILED: host('the folder {folder} cannot be used: {reason}'),

  SERVICE_UNREACHABLE: network(
    'the service at {url} cannot be reached: {reason}',
    'check the address, and whether `sandpool serve` runs there',
  ),
  SERVICE_FAILED: network('the service at {url} did not do it: {reason}'),
  SERVICE_TOKEN_MISSING: user(
    'there is no token for the service at {url}',
    'set SANDPOOL_TOKEN, or name a file that holds it with --token-file; `sandpool token` makes one',
  ),
  SCRIPT_NOT_ON_SERVICE: user(
    'a service runs plugins alone, and these canisters have a script step: {canisters}',
    'name the other canisters, or sync these without --server',
  ),
  NETWORK_NOT_ON_SERVICE: user(
    'the service at {url} has no network at {network} for this token',
    'it offers: {known}; the address of the network here and there must be the same',
  ),
  IDENTITY_NOT_ON_SERVICE: user(
    'the service at {url} cannot tell who is to sign: {reason}',
    'choose one with --identity; it offers: {known}',
  ),

  REQUEST_INVALID: user(
    'the request is not as it must be: {where} {reason}',
    '/v1/openapi.json says what is taken',
  ),
  REQUEST_TOO_LARGE: user(
    'the body has more than {limitBytes} bytes',
    'send less, or raise `requests.bodyBytes` in the configuration; now {limitBytes}',
    413,
  ),
  HEADERS_TOO_LARGE: user(
    'the address and the headers of the request have more than {limitBytes} bytes',
    'send fewer of them, or shorter ones',
    431,
  ),
  REQUEST_TIMEOUT: user('the request was not whole after {milliseconds} ms', 'send it faster', 408),
  MEDIA_TYPE_UNSUPPORTED: user('a body of type {type} is not taken here', 'send {taken}', 415),
  ROUTE_NOT_FOUND: user('there is no {method} {path}', '/v1/openapi.json says what there is', 404),
  RATE_LIMITED: user(
    'more than {limit} requests in a minute',
    'wait as long as `Retry-After` says, or raise `requests.perMinute` in the configuration; now {limit}',
    429,
  ),
  TOO_MUCH_AT_ONCE: user(
    'the bodies of requests of this token that are on their way have more than {limitBytes} bytes together',
    'send large ones one after another',
    429,
  ),
  TOO_MANY_STREAMS: user(
    'more than {limit} event streams are open',
    'close one, or raise `requests.eventStreams` in the configuration; now {limit}',
    429,
  ),
  SERVICE_CLOSING: host('the service is being ended', 'try again when it has been started again', 70, 503),
} as const satisfies Record<string, ErrorRow>;
