// jco's glue, made ready for the realm that it runs in. jco takes what a guest hands over as it comes: a list that
// lies outside the memory is cut to what is inside, a length beyond 2^31 is none, text that is not UTF-8 gets
// replacement characters, and a guest may call the host while the host allocates in it. The canonical ABI has all
// of these trap. What is put in their place here is defined in the realm (see src/worker/glue-realm.ts).

/** Lists are looked at where they are: what needs a copy makes one once it knows that it will take it. */
const LIST = /new Uint8Array\((memory\d+)\.buffer\.slice\((\w+), \2 \+ (\w+) \* 1\)\)/g;
const TEXT = /new Uint8Array\((memory\d*)\.buffer, (\w+), (\w+)\)/g;
const GUEST_FUNCTION = /^(\s*(?:realloc|postReturn)\d+ = )(exports\d+(?:\.\w+|\[[^\]\n]+\]));$/gm;

/**
 * The glue as an expression that gives `{ instantiate }`.
 *
 * jco writes an ES module with two exports and no imports; a script has neither. Whatever is not as it was when
 * this was written must not be run as if it were.
 *
 * @throws Error when jco's output has another form than is known
 */
export function glueExpression(module: string): string {
  const body = module
    .replace(/^export (function instantiate\(|const _util = )/gm, '$1')
    .replace(LIST, 'guestBytes($1, $2, $3)')
    .replace(TEXT, 'guestBytes($1, $2, $3)')
    .replace(GUEST_FUNCTION, '$1confined($2);');
  refuse(/^\s*(export|import)\b/m.test(body), 'imports or exports more than it should');
  refuse(/\.buffer\.slice\(/.test(body), 'copies lists in a way that is not known');
  const functions = declared(body, /^\s*let ((?:realloc|postReturn)\d+);$/gm);
  const confined = declared(body, /^\s*((?:realloc|postReturn)\d+) = confined\(/gm);
  refuse(
    [...functions].some((name) => !confined.has(name)),
    'calls into the guest in a way that is not known',
  );
  return `(() => { 'use strict';\n${body}\nreturn { instantiate };\n})()`;
}

function declared(body: string, pattern: RegExp): Set<string> {
  return new Set(Array.from(body.matchAll(pattern), ([, name]) => name as string));
}

function refuse(isUnknown: boolean, how: string): void {
  if (isUnknown) throw new Error(`jco's glue ${how}`);
}
