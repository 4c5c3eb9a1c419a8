// The management canister, `aaaaa-aa`: the calls by which canisters are looked at and controlled.
import { IDL } from '@icp-sdk/core/candid';
import type { Principal } from '@icp-sdk/core/principal';
import { decodeCandid } from './candid.js';
import { type CanisterHost, type HostedCanister, isController } from './canister-host.js';
import { CallRejection, REJECT_CODES } from './canisters/canister.js';
import type { Call } from './executor.js';
import {
  CANISTER_ID_ARG,
  CANISTER_METADATA_ARG,
  CANISTER_METADATA_RESULT,
  CANISTER_STATUS_RESULT,
  canisterStatusRecord,
  UPDATE_SETTINGS_ARG,
} from './management-types.js';

/** The id of the management canister. */
export const MANAGEMENT_CANISTER_ID = 'aaaaa-aa';

const MAX_CONTROLLERS = 10;

interface ManagementMethod {
  /** Whether only controllers may call it. */
  readonly access: 'controllers' | 'anybody';
  /** Whether it can be asked for as a query too. */
  readonly isQuery?: true;
  run(hosted: HostedCanister, call: Call): Uint8Array;
}

/** Runs the calls of the management canister against the canisters of a network. */
export class Management {
  readonly #host: CanisterHost;
  readonly #methods: ReadonlyMap<string, ManagementMethod>;

  constructor(host: CanisterHost) {
    this.#host = host;
    const setStatus = (hosted: HostedCanister, status: 'running' | 'stopped'): Uint8Array => {
      hosted.status = status;
      host.changed(hosted);
      return IDL.encode([], []);
    };
    this.#methods = new Map<string, ManagementMethod>([
      [
        'canister_status',
        {
          access: 'controllers',
          isQuery: true,
          run: (hosted) => IDL.encode([CANISTER_STATUS_RESULT], [canisterStatusRecord(hosted)]),
        },
      ],
      ['start_canister', { access: 'controllers', run: (hosted) => setStatus(hosted, 'running') }],
      ['stop_canister', { access: 'controllers', run: (hosted) => setStatus(hosted, 'stopped') }],
      [
        'update_settings',
        { access: 'controllers', run: (hosted, call) => updateSettings(host, hosted, call) },
      ],
      ['canister_metadata', { access: 'anybody', run: readMetadata }],
    ]);
  }

  /**
   * The canister that `method` with `arg` is about: the effective canister id of such a call.
   * `undefined` when the argument names none.
   */
  subject(arg: Uint8Array): Principal | undefined {
    try {
      const [decoded] = decodeCandid<[{ canister_id: Principal }]>([CANISTER_ID_ARG], arg);
      return decoded.canister_id;
    } catch {
      return undefined;
    }
  }

  /**
   * Checks that `call` may be made: the method exists, the canister exists, the caller may call it.
   * @throws CallRejection when not
   */
  authorize(call: Call): { readonly method: ManagementMethod; readonly hosted: HostedCanister } {
    const method = this.#methods.get(call.method);
    if (method === undefined) {
      throw new CallRejection(
        REJECT_CODES.CanisterError,
        `Management canister has no method '${call.method}'`,
        'IC0536',
      );
    }
    const subject = this.subject(call.arg);
    if (subject === undefined) {
      throw new CallRejection(
        REJECT_CODES.CanisterError,
        `Error decoding candid: the argument of ${call.method} names no canister_id`,
        'IC0504',
      );
    }
    const hosted = this.#host.find(subject);
    if (hosted === undefined) {
      throw new CallRejection(
        REJECT_CODES.DestinationInvalid,
        `Canister ${subject.toText()} not found.`,
        'IC0301',
      );
    }
    if (method.access === 'controllers' && !isController(hosted, call.caller)) {
      throw new CallRejection(
        REJECT_CODES.CanisterError,
        `Only controllers of canister ${subject.toText()} can call ic00 method ${call.method}`,
        'IC0512',
      );
    }
    return { method, hosted };
  }

  /** Whether there is such a method, and it can be asked for as a query. */
  isQuery(method: string): boolean {
    return this.#methods.get(method)?.isQuery === true;
  }

  /** Runs `call`; throws as {@link authorize} does, and when the argument does not decode. */
  run(call: Call): Uint8Array {
    const { method, hosted } = this.authorize(call);
    return method.run(hosted, call);
  }
}

interface UpdateSettings {
  readonly settings: {
    readonly controllers: [] | [Principal[]];
    readonly environment_variables: [] | [{ name: string; value: string }[]];
  };
}

function updateSettings(host: CanisterHost, hosted: HostedCanister, call: Call): Uint8Array {
  const [{ settings }] = decodeCandid<[UpdateSettings]>([UPDATE_SETTINGS_ARG], call.arg);
  const [controllers] = settings.controllers;
  if (controllers !== undefined && controllers.length > MAX_CONTROLLERS) {
    throw new CallRejection(
      REJECT_CODES.CanisterReject,
      `Invalid settings: at most ${MAX_CONTROLLERS} controllers are allowed`,
    );
  }
  hosted.controllers = controllers ?? hosted.controllers;
  hosted.environmentVariables = settings.environment_variables[0] ?? hosted.environmentVariables;
  host.changed(hosted);
  return IDL.encode([], []);
}

function readMetadata(hosted: HostedCanister, call: Call): Uint8Array {
  const [{ name }] = decodeCandid<[{ name: string }]>([CANISTER_METADATA_ARG], call.arg);
  const section = hosted.canister.metadata.get(name);
  const visible = section?.visibility === 'public' || isController(hosted, call.caller);
  if (section === undefined || !visible) {
    throw new CallRejection(
      REJECT_CODES.CanisterError,
      `The canister ${hosted.id.toText()} has no metadata section with the name ${name}.`,
      'IC0544',
    );
  }
  return IDL.encode([CANISTER_METADATA_RESULT], [{ value: section.content }]);
}
