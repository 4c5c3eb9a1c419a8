import { describe, expect, test } from 'vitest';
import { SandpoolError } from '#src/bridge/errors.js';
import { RECORDED_RENDERINGS, renderWith } from './support/recorded-renderings.js';

describe('renders as icp-cli does', () => {
  test.each(RECORDED_RENDERINGS.filter(({ refused }) => refused === undefined))(
    '$template',
    ({ template, configuration, canister, rendered }) => {
      expect(renderWith(template, configuration, canister)).toBe(rendered);
    },
  );
});

describe('refuses what icp-cli refuses', () => {
  test.each(RECORDED_RENDERINGS.filter(({ refused }) => refused !== undefined))(
    '$template: $refused',
    ({ template, configuration, canister }) => {
      expect(() => renderWith(template, configuration, canister)).toThrow(
        expect.objectContaining({ code: 'RECIPE_INVALID' }),
      );
    },
  );
});

describe('where icp-cli does not survive', () => {
  test('`replace` without enough parameters is refused', () => {
    expect(() => renderWith('{{replace "a" "b"}}', '')).toThrow('`replace` needs at least 3 parameters');
  });

  test('`~` before `else if` trims, as in later versions of what it renders with', () => {
    expect(renderWith('{{#if a}}1 {{~else if b}}2{{/if}}', 'b: true')).toBe('2');
    expect(renderWith('{{#if a}}1 {{~else if b}}2{{/if}}|', 'a: true')).toBe('1|');
  });

  test('a partial that includes itself is refused', () => {
    expect(() => renderWith('{{#*inline "p"}}{{> p}}{{/inline}}{{> p}}', '')).toThrow('never end');
  });
});

describe('an error', () => {
  test('says where it is', () => {
    expect(() => renderWith('a: 1\nb: {{#if x}}\n  é {{name}}{{/if}}', 'x: true')).toThrow(
      'the recipe `file://r.hbs` cannot be used: line 3, column 5 of the template: `name` is not set',
    );
    expect(() => renderWith('a\n{{#if x}}', '')).toThrow(/line 2, column 10 .* the end of the template/);
  });

  test('cannot forge a line or flood one', () => {
    const error = ((): SandpoolError => {
      try {
        renderWith(`{{[a\nb\u001b[31m${'x'.repeat(10_000)}]}}`, '');
      } catch (thrown) {
        return thrown as SandpoolError;
      }
      throw new Error('it rendered');
    })();
    expect(error).toBeInstanceOf(SandpoolError);
    for (const forbidden of ['\n', '\u001b']) expect(error.message).not.toContain(forbidden);
    expect(error.message.length).toBeLessThan(400);
  });
});

describe('a template reaches nothing but its configuration', () => {
  test.each([
    '{{constructor}}',
    '{{this.constructor}}',
    '{{name.constructor.constructor}}',
    '{{lookup this "constructor"}}',
    '{{lookup this "__proto__"}}',
    '{{lookup name "length"}}',
    '{{lookup list "length"}}',
    '{{#with this as |t|}}{{t.constructor}}{{/with}}',
    '{{#with (lookup this "constructor")}}{{this}}{{/with}}',
    '{{__defineGetter__ "a" "b"}}',
    '{{#each (lookup this "__proto__")}}{{@key}}{{/each}}',
    '{{valueOf}}',
    '{{@root.constructor}}',
    '{{#each list}}{{@constructor}}{{/each}}',
    '{{#*inline "p"}}{{constructor}}{{/inline}}{{> p x=1}}',
    '{{> constructor}}',
    '{{> (lookup this "toString")}}',
    '{{hasOwnProperty "name"}}',
    '{{size}}',
    '{{get "name"}}',
  ])('%s', (template) => {
    expect(() => renderWith(template, 'name: n\nlist: [a]')).toThrow(
      expect.objectContaining({ code: 'RECIPE_INVALID' }),
    );
  });

  test('and finds what really has such a name', () => {
    const configuration = '__proto__: {x: 1}\nconstructor: c\nmap: {toString: t, __proto__: p}';
    expect(renderWith('{{__proto__.x}}{{constructor}}{{map.toString}}{{map.__proto__}}', configuration)).toBe(
      '1ctp',
    );
    expect(renderWith('{{#each map}}{{@key}}={{this}} {{/each}}', configuration)).toBe(
      '__proto__=p toString=t ',
    );
  });
});

describe('ends with an error', () => {
  const list = `list: [${'x,'.repeat(999)}x]`;
  const nested = (depth: number, body: string): string =>
    `${'{{#each @root.list}}'.repeat(depth)}${body}${'{{/each}}'.repeat(depth)}`;
  const bomb = Array.from(
    { length: 30 },
    (_, index) => `a${index + 1}: &a${index + 1} [*a${index}, *a${index}]`,
  );

  test.each([
    ['loops in loops that write', nested(5, 'x'.repeat(100)), list, 'renders to more than'],
    ['loops in loops that write nothing', nested(5, '{{! }}'), list, 'too many steps'],
    ['loops in loops around nothing', nested(5, ''), list, 'too many steps'],
    [
      'a text that grows in each step',
      `{{#if ${'(replace "" "0123456789" '.repeat(9)}"x"${')'.repeat(9)}}}{{/if}}`,
      '',
      'too many steps',
    ],
    ['aliases of aliases', '{{a30}}', `a0: &a0 x\n${bomb.join('\n')}`, 'too many steps'],
    [
      'aliases of aliases, compared',
      '{{eq a30 b}}',
      `a0: &a0 x\n${bomb.join('\n')}\n${bomb
        .join('\n')
        .replaceAll('a0', 'b0')
        .replaceAll(/\ba(\d+)/g, 'b$1')}\nb0: &b0 x\nb: *b30`,
      /too many steps|alias/,
    ],
    [
      'partials that call each other twice',
      '{{#*inline "p"}}{{> q}}{{> q}}{{/inline}}{{#*inline "q"}}{{> p}}{{> p}}{{/inline}}{{> p}}',
      '',
      'never end',
    ],
    ['calls in calls', `{{#if ${'(not '.repeat(5000)}1${')'.repeat(5000)}}}{{/if}}`, '', 'levels deep'],
    ['blocks in blocks', `${'{{#if a}}'.repeat(5000)}${'{{/if}}'.repeat(5000)}`, '', 'levels deep'],
    ['lists in lists', `{{#if ${'['.repeat(5000)}}}{{/if}}`, '', 'levels deep'],
    ['a megabyte of one tag', `{{${'x '.repeat(500_000)}`, '', 'not well-formed'],
  ])('%s', (_, template, configuration, message) => {
    const startedAt = performance.now();
    expect(() => renderWith(template, configuration)).toThrow(message);
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });

  test('but not for a large one that is sound', () => {
    const template = '{{#each list}}\n  - {{this}} {{! so }}\n{{/each}}\n'.repeat(20);
    expect(renderWith(template, list)).toHaveLength(20 * 1000 * 7);
    const tags = '  {{! c }}  \n'.repeat(80_000);
    expect(renderWith(tags, '')).toBe('');
  });
});
