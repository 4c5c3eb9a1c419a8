// The Candid types of the management canister's calls, as the interface specification has them, and the
// record that `canister_status` answers with. Clients refuse a record that lacks a field that is not optional.
import { IDL } from '@icp-sdk/core/candid';
import type { HostedCanister } from './canister-host.js';

const { Bool, Nat, Nat64, Nat8, Null, Opt, Record, Text, Variant, Vec } = IDL;
const Blob = Vec(Nat8);

const ENVIRONMENT_VARIABLE = Record({ name: Text, value: Text });
const VISIBILITY = Variant({ controllers: Null, public: Null, allowed_viewers: Vec(IDL.Principal) });

/** The argument of every call that is about one canister; some have more fields. */
export const CANISTER_ID_ARG = Record({ canister_id: IDL.Principal });

/** The argument of `canister_metadata`. */
export const CANISTER_METADATA_ARG = Record({ canister_id: IDL.Principal, name: Text });

/** The result of `canister_metadata`. */
export const CANISTER_METADATA_RESULT = Record({ value: Blob });

/** The argument of `update_settings`, as far as the network has such settings; other fields are ignored. */
export const UPDATE_SETTINGS_ARG = Record({
  canister_id: IDL.Principal,
  settings: Record({
    controllers: Opt(Vec(IDL.Principal)),
    environment_variables: Opt(Vec(ENVIRONMENT_VARIABLE)),
  }),
});

const DEFINITE_CANISTER_SETTINGS = Record({
  controllers: Vec(IDL.Principal),
  compute_allocation: Nat,
  memory_allocation: Nat,
  freezing_threshold: Nat,
  reserved_cycles_limit: Nat,
  log_visibility: VISIBILITY,
  log_memory_limit: Nat,
  minimum_incoming_canister_call_cycles: Nat,
  snapshot_visibility: VISIBILITY,
  status_visibility: VISIBILITY,
  wasm_memory_limit: Nat,
  wasm_memory_threshold: Nat,
  environment_variables: Vec(ENVIRONMENT_VARIABLE),
});

const MEMORY_METRICS = {
  wasm_memory_size: Nat,
  stable_memory_size: Nat,
  global_memory_size: Nat,
  wasm_binary_size: Nat,
  custom_sections_size: Nat,
  canister_history_size: Nat,
  wasm_chunk_store_size: Nat,
  snapshots_size: Nat,
  log_memory_store_size: Nat,
};

const QUERY_STATS = {
  num_calls_total: Nat,
  num_instructions_total: Nat,
  request_payload_bytes_total: Nat,
  response_payload_bytes_total: Nat,
};

/** The result of `canister_status`. */
export const CANISTER_STATUS_RESULT = Record({
  status: Variant({ running: Null, stopping: Null, stopped: Null }),
  ready_for_migration: Bool,
  version: Nat64,
  settings: DEFINITE_CANISTER_SETTINGS,
  module_hash: Opt(Blob),
  memory_size: Nat,
  memory_metrics: Record(MEMORY_METRICS),
  cycles: Nat,
  reserved_cycles: Nat,
  idle_cycles_burned_per_day: Nat,
  query_stats: Record(QUERY_STATS),
});

const THIRTY_DAYS_IN_SECONDS = 2_592_000n;
const DEFAULT_RESERVED_CYCLES_LIMIT = 5_000_000_000_000n;
const DEFAULT_WASM_MEMORY_LIMIT_BYTES = 3_221_225_472n;

/** What `canister_status` says about `hosted`. Figures that the network does not keep are 0 or the defaults. */
export function canisterStatusRecord(hosted: HostedCanister): Readonly<Record<string, unknown>> {
  return {
    status: { [hosted.status]: null },
    ready_for_migration: hosted.status === 'stopped',
    version: hosted.version,
    settings: {
      controllers: hosted.controllers,
      compute_allocation: 0n,
      memory_allocation: 0n,
      freezing_threshold: THIRTY_DAYS_IN_SECONDS,
      reserved_cycles_limit: DEFAULT_RESERVED_CYCLES_LIMIT,
      log_visibility: { controllers: null },
      log_memory_limit: 0n,
      minimum_incoming_canister_call_cycles: 0n,
      snapshot_visibility: { controllers: null },
      status_visibility: { controllers: null },
      wasm_memory_limit: DEFAULT_WASM_MEMORY_LIMIT_BYTES,
      wasm_memory_threshold: 0n,
      environment_variables: hosted.environmentVariables,
    },
    module_hash: [hosted.moduleHash],
    memory_size: 0n,
    memory_metrics: zeros(MEMORY_METRICS),
    cycles: hosted.cycles,
    reserved_cycles: 0n,
    idle_cycles_burned_per_day: 0n,
    query_stats: zeros(QUERY_STATS),
  };
}

function zeros(fields: Readonly<Record<string, unknown>>): Record<string, bigint> {
  return Object.fromEntries(Object.keys(fields).map((name) => [name, 0n]));
}
