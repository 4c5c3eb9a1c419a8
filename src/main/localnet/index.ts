// The public face of the embedded network.

export {
  ANSWER_FAULTS,
  type AnswerFaultKind,
  EXCHANGE_FAULTS,
  type ExchangeFaultKind,
  type Fault,
  type InjectedFault,
} from './faults.js';
export { type Localnet, type LocalnetCanister, startLocalnet } from './localnet.js';
export {
  CANISTER_KINDS,
  type CanisterKind,
  LOCALNET_DEFAULTS,
  type LocalnetCanisterOptions,
  type LocalnetOptions,
  type LocalnetRequest,
} from './options.js';
export type { CanisterStatistics, LocalnetStatistics } from './statistics.js';
