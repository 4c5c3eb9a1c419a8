// Names in core modules are any text, and glue is written with them in it. None may become code, and none may be
// taken for something that every object has.

import { expect, test } from 'vitest';
import { attack } from '../support/attack.js';
import { componentWith } from '../support/component-text.js';
import { poolForTests } from '../support/pool.js';

/** Ends the string it stands in, wherever glue has put it, and goes on as code. */
function injected(code: string): string {
  return `*/:(${code}),y:0},z:{//'/*`;
}

const DOLLAR = '$';

/** A text as WebAssembly's text format has it: every byte escaped. */
function quoted(text: string): string {
  return `"${Buffer.from(text).toString('hex').replace(/../g, '\\$&')}"`;
}

/** Two core modules, of which one takes a function from the other by these names. */
function linkedBy(module: string, field: string): string {
  const [from, name] = [quoted(module), quoted(field)];
  return `
    (core module $gives (func (export ${name})))
    (core instance $given (instantiate $gives))
    (core module $takes (import ${from} ${name} (func)))
    (core instance (instantiate $takes (with ${from} (instance $given))))`;
}

const pool = poolForTests(['returns-ok']);

const CODE = '(() => { throw new Error("it ran") })()';

test.each([
  ['code in place of a name', 'x', injected(CODE)],
  ['code in place of a module’s name', injected(CODE), 'f'],
  ['a quote', 'x', "it's"],
  ['a double quote', 'x', 'a"b'],
  ['a template', 'x', `\`${DOLLAR}{1}\``],
  ['a backslash', 'x', 'a\\'],
  ['a line break', 'x', 'a\nb'],
  ['a line separator', 'x', 'a\u2028b'],
  ['a direction mark', 'x', 'a\u202eb'],
  ['a zero', 'x', 'a\0b'],
  ['far too long a name', 'x', 'n'.repeat(513)],
])('%s is refused before anything is made of it', async (_what, module, field) => {
  const bytes = await componentWith(linkedBy(module, field));
  await expect(pool().prepare({ bytes })).rejects.toMatchObject({
    code: 'UNSUPPORTED_FEATURE',
    details: { feature: 'quotes or control characters in a core name' },
  });
});

test('the same through the instances that a component makes itself', async () => {
  const name = quoted(injected(CODE));
  const bytes = await componentWith(`
    (core module $gives (func (export "f")))
    (core instance $given (instantiate $gives))
    (alias core export $given "f" (core func $f))
    (core instance $renamed (export ${name} (func $f)))
    (core module $takes (import "x" ${name} (func)))
    (core instance (instantiate $takes (with "x" (instance $renamed))))`);
  await expect(pool().prepare({ bytes })).rejects.toMatchObject({ code: 'UNSUPPORTED_FEATURE' });
});

test.each([
  ['x', '__proto__'],
  ['x', 'constructor'],
  ['x', 'then'],
  ['x', '*/ throw 1 /*'],
  ['x', '</script><script>alert(1)</script>'],
  ['x', `${DOLLAR}{process.exit(1)}`],
  ['__proto__', 'f'],
  ['constructor', 'toString'],
  ['process', 'exit'],
])('%s.%s is a name like any other, or refused as a misfit', async (module, field) => {
  const plugin = await pool().prepare({ bytes: await componentWith(linkedBy(module, field)) });
  const refuse = () => Promise.reject(new Error('it called'));
  const result = await pool().run(
    plugin,
    { canisterId: 'aaaaa-aa', environment: 'hostile', identityPrincipal: '2vxsx-fae' },
    { host: { canisterCall: refuse, canisterMetadataSection: refuse } },
  );
  if (!result.ok) expect(result.error.code).toBe('PLUGIN_MISBEHAVED');
  // And whatever it was to its own run, it is nothing to the next.
  expect((await attack(pool(), 'returns-ok')).ending).toBe('ok');
});
