// Version 1: who may do what, what was uploaded, batches and runs, their updates and events.
//
// Runs and batches have a number beside the id that the world knows: rows that belong to them name the number, which
// takes a few bytes where an id takes 36 in the table and again in each index.

export const RUNS_AND_EVENTS = `
CREATE TABLE tokens (
  id TEXT PRIMARY KEY,
  hash_prefix INTEGER NOT NULL,
  hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
  name TEXT NOT NULL,
  scopes TEXT NOT NULL,
  identities TEXT,
  networks TEXT,
  canisters TEXT,
  sees_all_runs INTEGER NOT NULL CHECK (sees_all_runs IN (0, 1)),
  created_at INTEGER NOT NULL,
  used_at INTEGER,
  revoked_at INTEGER
) STRICT;
CREATE INDEX tokens_by_hash_prefix ON tokens (hash_prefix);

CREATE TABLE plugins (
  sha256 TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  size_bytes INTEGER NOT NULL,
  interface_version TEXT NOT NULL,
  is_enabled INTEGER NOT NULL CHECK (is_enabled IN (0, 1)),
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL
) STRICT;

CREATE TABLE bundles (
  sha256 TEXT PRIMARY KEY,
  size_bytes INTEGER NOT NULL,
  files TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL
) STRICT;

-- The state follows from the counts, so the two cannot disagree.
CREATE TABLE batches (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  token_id TEXT NOT NULL,
  name TEXT,
  concurrency INTEGER NOT NULL,
  priority INTEGER NOT NULL,
  common TEXT NOT NULL,
  retry_of TEXT,
  is_complete INTEGER NOT NULL CHECK (is_complete IN (0, 1)),
  queued INTEGER NOT NULL DEFAULT 0 CHECK (queued >= 0),
  running INTEGER NOT NULL DEFAULT 0 CHECK (running >= 0),
  succeeded INTEGER NOT NULL DEFAULT 0,
  failed INTEGER NOT NULL DEFAULT 0,
  cancelled INTEGER NOT NULL DEFAULT 0,
  interrupted INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  started_at INTEGER,
  ended_at INTEGER,
  state TEXT NOT NULL GENERATED ALWAYS AS (CASE
    WHEN running > 0 THEN 'running'
    WHEN queued > 0 AND succeeded + failed + cancelled + interrupted = 0 THEN 'queued'
    WHEN queued > 0 THEN 'running'
    WHEN failed > 0 THEN 'failed'
    WHEN interrupted > 0 THEN 'interrupted'
    WHEN cancelled > 0 THEN 'cancelled'
    ELSE 'succeeded' END) VIRTUAL
) STRICT;
CREATE INDEX batches_by_state ON batches (state, number);
CREATE INDEX batches_by_token ON batches (token_id, number);
CREATE INDEX batches_by_time ON batches (created_at);

CREATE TABLE runs (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  batch INTEGER REFERENCES batches (number),
  token_id TEXT NOT NULL,
  state TEXT NOT NULL
    CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled', 'interrupted')),
  priority INTEGER NOT NULL,
  canister_id TEXT NOT NULL,
  network TEXT NOT NULL,
  identity TEXT NOT NULL,
  environment TEXT NOT NULL,
  plugin TEXT NOT NULL REFERENCES plugins (sha256),
  bundle TEXT REFERENCES bundles (sha256),
  fields TEXT NOT NULL,
  limits TEXT NOT NULL,
  step TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  retry_of TEXT,
  statistics TEXT,
  error TEXT,
  created_at INTEGER NOT NULL,
  started_at INTEGER,
  ended_at INTEGER,
  CHECK ((ended_at IS NULL) = (state IN ('queued', 'running')))
) STRICT;
CREATE INDEX runs_waiting_alone ON runs (token_id, priority DESC, number) WHERE state = 'queued' AND batch IS NULL;
CREATE INDEX runs_by_token ON runs (token_id, number);
CREATE INDEX runs_by_end ON runs (ended_at, number) WHERE ended_at IS NOT NULL;
CREATE INDEX runs_by_batch ON runs (batch, state, number) WHERE batch IS NOT NULL;
CREATE INDEX runs_by_canister ON runs (canister_id, number);
CREATE INDEX runs_by_plugin ON runs (plugin, number);
CREATE INDEX runs_by_bundle ON runs (bundle) WHERE bundle IS NOT NULL;
CREATE INDEX runs_by_state ON runs (state, number);
CREATE INDEX runs_by_time ON runs (created_at);

CREATE TABLE updates (
  run INTEGER NOT NULL REFERENCES runs (number),
  number INTEGER NOT NULL,
  canister_id TEXT NOT NULL,
  method TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('in-flight', 'applied', 'rejected', 'not-sent', 'unknown')),
  request_id BLOB,
  sent_at INTEGER NOT NULL,
  ended_at INTEGER,
  PRIMARY KEY (run, number)
) STRICT, WITHOUT ROWID;

-- Run and batch are looked up by the statement that inserts, so nothing is checked a second time. Each number is
-- given once, also when the rows with the highest are deleted.
CREATE TABLE events (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  run INTEGER,
  batch INTEGER,
  time INTEGER NOT NULL,
  type TEXT NOT NULL,
  data TEXT NOT NULL
) STRICT;
CREATE INDEX events_by_run ON events (run, sequence) WHERE run IS NOT NULL;
CREATE INDEX events_by_batch ON events (batch, sequence) WHERE batch IS NOT NULL;
CREATE INDEX events_of_service ON events (time) WHERE run IS NULL AND batch IS NULL;
`;
