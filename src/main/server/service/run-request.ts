// Whether a run that is asked for can be run at all, and how it is kept.

import { posix } from 'node:path';
import { SandpoolError } from '../../../bridge/errors.js';
import { parsePrincipal } from '../../canister/index.js';
import { type RunLimits, resolveLimits } from '../../pool/limits.js';
import { type Grant, requireGrant } from '../access/index.js';
import type { RunRequest } from '../api/runs.js';
import type { RunInput, Store } from '../store/index.js';
import type { CommonStep, Step } from './step.js';

/** Checks requests of one token. */
export class RunRequests {
  readonly #store: Store;
  readonly #grant: Grant;
  readonly #limits: RunLimits;
  /** Principals that are sound: the runs of a batch may have thousands in common. */
  readonly #sound = new Set<string>();

  /** @param limits the most a run may ask for */
  constructor(store: Store, grant: Grant, limits: RunLimits) {
    this.#store = store;
    this.#grant = grant;
    this.#limits = limits;
  }

  /**
   * A request as it is kept.
   * @param common what its batch keeps for it, checked by {@link checkCommon}
   * @throws SandpoolError ACCESS_DENIED, INVALID_PRINCIPAL, INVALID_OPTION, PLUGIN_NOT_UPLOADED
   */
  inputOf(request: RunRequest, common: CommonStep = {}): RunInput {
    const { canister, plugin, network, identity, environment, bundle, fields, limits, priority } = request;
    this.#checkForm(request, common);
    const step = stepOf(request);
    const input: RunInput = {
      canisterId: canister,
      network,
      identity,
      environment: environment ?? network,
      pluginSha256: plugin,
      ...(bundle === undefined ? {} : { bundleSha256: bundle }),
      fields: { ...fields },
      limits: { ...limits },
      step: { ...step },
      ...(priority === undefined ? {} : { priority }),
    };
    checkLimits(limits ?? {}, this.#limits);
    requireGrantOf(this.#grant, input);
    return input;
  }

  /** @throws SandpoolError INVALID_PRINCIPAL */
  checkCommon({ canisterIds = {} }: CommonStep): void {
    for (const [name, id] of Object.entries(canisterIds)) parsePrincipal(`canister ${name}`, id);
  }

  #checkForm(request: RunRequest, common: CommonStep): void {
    const { plugin, bundle, folder, dirs, files, fields, canisters } = request;
    const canisterIds = request.canisterIds ?? common.canisterIds;
    for (const [name, id] of [['canister', request.canister] as const, ...principalsIn(request)]) {
      if (this.#sound.has(id)) continue;
      parsePrincipal(name, id);
      this.#sound.add(id);
    }
    const declaresFiles = dirs !== undefined || files !== undefined || folder !== undefined;
    if (declaresFiles && bundle === undefined) {
      throw invalid('bundle', 'given when directories or files are declared', 'absent');
    }
    if (folder !== undefined && !isInside(folder))
      throw invalid('folder', 'a folder inside the bundle', folder);
    const { interfaceVersion } = this.#store.plugins.get(plugin);
    if (interfaceVersion.startsWith('0.1.')) {
      if (files !== undefined && !Array.isArray(files))
        throw form('files', 'a list of paths', interfaceVersion);
      for (const [name, value] of Object.entries({ fields, canisters, canisterIds })) {
        if (value !== undefined) throw form(name, 'absent', interfaceVersion);
      }
    } else {
      if (dirs !== undefined) throw form('dirs', 'absent, and directories among the files', interfaceVersion);
      if (Array.isArray(files)) throw form('files', 'a map of names to paths', interfaceVersion);
    }
  }
}

/** @throws SandpoolError ACCESS_DENIED unless everything that a run reaches is granted */
export function requireGrantOf(grant: Grant, { canisterId, network, identity, step }: RunInput): void {
  const { proxy, canisters = {} } = step as Step;
  requireGrant(grant, {
    identity,
    network,
    canisters: [canisterId, ...(proxy === undefined ? [] : [proxy]), ...Object.values(canisters)],
  });
}

function stepOf({ label, folder, dirs, files, canisters, canisterIds, proxy }: RunRequest): Step {
  const step = { label, folder, dirs, files, canisters, canisterIds, proxy };
  return Object.fromEntries(Object.entries(step).filter(([, value]) => value !== undefined));
}

function principalsIn({
  proxy,
  canisters = {},
  canisterIds = {},
}: RunRequest): (readonly [string, string])[] {
  return [
    ...(proxy === undefined ? [] : [['proxy', proxy] as const]),
    ...[...Object.entries(canisters), ...Object.entries(canisterIds)].map(
      ([name, id]) => [`canister ${name}`, id] as const,
    ),
  ];
}

function isInside(folder: string): boolean {
  const normal = posix.normalize(folder);
  return !posix.isAbsolute(folder) && normal !== '..' && !normal.startsWith('../') && !folder.includes('\\');
}

/** @throws SandpoolError INVALID_OPTION */
function checkLimits(limits: Partial<RunLimits>, most: RunLimits): void {
  resolveLimits(limits);
  for (const [name, value] of Object.entries(limits) as [keyof RunLimits, number][]) {
    if (value > most[name]) throw invalid(`limits.${name}`, `at most ${most[name]}, as configured`, value);
  }
}

function form(option: string, bound: string, interfaceVersion: string): SandpoolError {
  return invalid(option, `${bound} for a plugin of icp:sync-plugin ${interfaceVersion}`, 'otherwise');
}

function invalid(option: string, bound: string, value: string | number): SandpoolError {
  return new SandpoolError('INVALID_OPTION', { option, bound, value });
}
