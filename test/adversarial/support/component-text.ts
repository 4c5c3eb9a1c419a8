// Components with parts that no tool would put there: a sound guest's text, with more definitions in it.

import { parse, print } from '@bytecodealliance/jco';
import { componentOf } from './attack.js';

/** A guest that returns ok, with `definitions` in the component's text format added to it. */
export async function componentWith(definitions: string): Promise<Uint8Array> {
  const text = await print(await componentOf('returns-ok'));
  return parse(`${text.slice(0, text.lastIndexOf(')'))}${definitions})`);
}

/** Definitions of a component that holds the one before twice, `depth` times over, around `core`. */
export function doubled(depth: number, core: string): string {
  let text = `(component $c0 ${core})`;
  for (let level = 1; level <= depth; level++) {
    const inner = `(instance (instantiate $c${level - 1}))`;
    text = `(component $c${level} ${text} ${inner} ${inner})`;
  }
  return `${text} (instance (instantiate $c${depth}))`;
}
