// Components that have the imports and exports of a world and trap when called: enough for everything that
// is decided before a plugin runs.

import { componentEmbed, componentNew } from '@bytecodealliance/jco';

/** A component of `world` in `witSource`. */
export async function dummyComponent(witSource: string, world = 'sync-plugin'): Promise<Uint8Array> {
  return componentNew(await componentEmbed({ dummy: true, witSource, world }), []);
}

/** The parts of a sync plugin's WIT, each of which a test may replace. */
export interface WitParts {
  readonly version?: string;
  readonly canisterCall?: string;
  readonly exec?: string;
  /** Further lines of the world. */
  readonly extra?: string;
  /** Further packages. */
  readonly packages?: string;
}

/** The 0.1 interface, written small, with the parts a test wants otherwise. */
export function pluginWit(parts: WitParts = {}): string {
  const {
    version = '0.1.0',
    canisterCall = 'import canister-call: func(req: canister-call-request) -> result<list<u8>, string>;',
    exec = 'export exec: func(input: sync-exec-input) -> result<_, string>;',
    extra = '',
    packages = '',
  } = parts;
  return `package icp:sync-plugin@${version};
interface types {
  enum call-type { update, query }
  record file-input { name: string, content: string }
  record sync-exec-input { canister-id: string, environment: string, dirs: list<string>, files: list<file-input>,
    identity-principal: string, proxy-canister-id: option<string> }
  record canister-call-request { method: string, arg: list<u8>, call-type: call-type, direct: bool, cycles: u64 }
}
world sync-plugin {
  use types.{sync-exec-input, canister-call-request};
  ${canisterCall}
  ${exec}
  ${extra}
}
${packages}`;
}
