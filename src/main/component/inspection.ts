// What can be told of a plugin without running it.

import { type ComponentOutline, readOutline, wasmKind } from './component-outline.js';

/** What a file says of itself. */
export interface Inspection {
  /** The interface that it speaks, such as `icp:sync-plugin/types@0.2.0`. */
  readonly interface: string | undefined;
  readonly imports: readonly string[];
  readonly exports: readonly string[];
  /** The tools that made it. */
  readonly producers: readonly string[];
}

/** Reads what a file says of itself: nothing, when it is no component. */
export function inspectBytes(bytes: Uint8Array): Inspection {
  const outline = outlineOf(bytes);
  const names = (items: ComponentOutline['imports'] = []) =>
    items.filter(({ type }) => type?.kind !== 'type').map(({ name }) => name);
  const imports = names(outline?.imports);
  return {
    interface: imports.find((name) => name.startsWith('icp:sync-plugin/')),
    imports,
    exports: names(outline?.exports),
    producers: outline?.producers ?? [],
  };
}

function outlineOf(bytes: Uint8Array): ComponentOutline | undefined {
  if (wasmKind(bytes) !== 'component') return undefined;
  try {
    return readOutline(bytes);
  } catch {
    // What is wrong with it is said by the front door, which reads it again.
    return undefined;
  }
}
