// What the endpoints of a network share.
import type { CanisterHost } from './canister-host.js';
import type { Certifier } from './certifier.js';
import type { Executor } from './executor.js';
import type { Faults } from './faults.js';
import type { IngressHistory } from './ingress.js';
import type { NetworkKeys } from './keys.js';
import type { Management } from './management.js';
import type { ResolvedLocalnetOptions } from './options.js';
import type { Counters } from './statistics.js';
import type { Timers } from './timers.js';

/** The parts of one network. */
export interface Network {
  readonly options: ResolvedLocalnetOptions;
  readonly keys: NetworkKeys;
  readonly host: CanisterHost;
  readonly management: Management;
  readonly executor: Executor;
  readonly history: IngressHistory;
  readonly certifier: Certifier;
  readonly faults: Faults;
  readonly counters: Counters;
  readonly timers: Timers;
}

/** An answer to an HTTP request. A body that is a text is an error's text, else it is CBOR. */
export interface Answer {
  readonly httpStatus: number;
  readonly body: Uint8Array | string;
}
