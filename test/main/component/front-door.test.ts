import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { SandpoolError } from '#src/bridge/errors.js';
import { acceptPlugin } from '#src/main/component/front-door.js';
import { dummyComponent, pluginWit, type WitParts } from '../../support/dummy-component.js';
import { watPlugin } from '../../support/wat-plugin.js';

function refusal(bytes: Uint8Array): SandpoolError {
  try {
    acceptPlugin(bytes, 'p.wasm');
  } catch (error) {
    if (error instanceof SandpoolError) return error;
    throw error;
  }
  throw new Error('the plugin was accepted');
}

const refusalOf = async (parts: WitParts): Promise<SandpoolError> =>
  refusal(await dummyComponent(pluginWit(parts)));

const wasi = (version: string, name: string, body: string): WitParts => ({
  extra: `import wasi:${name}@${version};`,
  packages: `package wasi:${name.split('/')[0]}@${version} { interface ${name.split('/')[1]} { ${body} } }`,
});

describe('a plugin is accepted', () => {
  test.each([
    ['0.1.0', '0.1'],
    ['0.2.0', '0.2'],
  ])('for interface %s as wit/ has it', async (version, line) => {
    const witSource = await readFile(
      new URL(`../../../wit/${version}/sync-plugin.wit`, import.meta.url),
      'utf8',
    );
    const accepted = acceptPlugin(await dummyComponent(witSource), 'p.wasm');
    expect(accepted).toMatchObject({ interfaceVersion: line, declaredVersion: version });
  });

  test('for a later patch of its line', async () => {
    const accepted = acceptPlugin(await dummyComponent(pluginWit({ version: '0.1.7' })), 'p.wasm');
    expect(accepted).toMatchObject({ interfaceVersion: '0.1', declaredVersion: '0.1.7' });
  });

  test('when it does not call its canister at all', async () => {
    expect(
      acceptPlugin(await dummyComponent(pluginWit({ canisterCall: '' })), 'p.wasm').interfaceVersion,
    ).toBe('0.1');
  });

  test.each(['0.2.0', '0.2.12'])('with WASI %s', async (version) => {
    const bytes = await dummyComponent(
      pluginWit(wasi(version, 'clocks/monotonic-clock', 'now: func() -> u64;')),
    );
    expect(acceptPlugin(bytes, 'p.wasm').outline.imports.map(({ name }) => name)).toContain(
      `wasi:clocks/monotonic-clock@${version}`,
    );
  });
});

describe('a plugin is refused', () => {
  test('when it is empty, or no wasm', () => {
    expect(refusal(new Uint8Array()).code).toBe('NOT_WASM');
    expect(refusal(Buffer.from('#!/bin/sh\n')).code).toBe('NOT_WASM');
  });

  test('when it is a core module', () => {
    expect(refusal(new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0])).code).toBe('CORE_MODULE');
  });

  test.each([
    ['wasi:http', wasi('0.2.3', 'http/types', 'x: func();'), 'wasi:http/types@0.2.3'],
    [
      'an unknown package',
      {
        extra: 'import evil:host/run@1.0.0;',
        packages: 'package evil:host@1.0.0 { interface run { x: func(); } }',
      },
      'evil:host/run@1.0.0',
    ],
    ['an unknown function', { extra: 'import run-command: func(line: string);' }, 'run-command'],
    ['an unknown WASI interface', wasi('0.2.3', 'cli/run', 'x: func();'), 'wasi:cli/run@0.2.3'],
    [
      'a newer WASI',
      wasi('0.2.13', 'clocks/monotonic-clock', 'now: func() -> u64;'),
      'wasi:clocks/monotonic-clock@0.2.13',
    ],
    [
      'WASI 0.3',
      wasi('0.3.0', 'clocks/monotonic-clock', 'now: func() -> u64;'),
      'wasi:clocks/monotonic-clock@0.3.0',
    ],
    [
      'metadata, which 0.1 has not',
      { extra: 'import canister-metadata-section: func() -> u32;' },
      'canister-metadata-section',
    ],
  ])('when it imports %s, by name', async (_what, parts, name) => {
    const error = await refusalOf(parts);
    expect(error).toMatchObject({ code: 'IMPORT_DENIED', details: { path: 'p.wasm', import: name } });
    expect(error.message).toContain(name);
  });

  test('when canister-call has another type', async () => {
    const error = await refusalOf({
      canisterCall: 'import canister-call: func(method: string) -> list<u8>;',
    });
    expect(error).toMatchObject({ code: 'IMPORT_MISMATCH', details: { import: 'canister-call' } });
    expect(error.message).toContain('func(method: string) -> list<u8>');
  });

  test('when it has no exec, or one of another type', async () => {
    expect((await refusalOf({ exec: '' })).code).toBe('EXPORT_MISSING');
    const error = await refusalOf({
      exec: 'export exec: func(input: sync-exec-input) -> result<u32, string>;',
    });
    expect(error.code).toBe('EXPORT_MISMATCH');
    expect(error.message).toContain('result<u32, string>');
  });

  test.each(['0.3.0', '1.0.0', '0.10.0'])(
    'when it speaks interface %s, naming both it knows',
    async (version) => {
      const error = await refusalOf({ version });
      expect(error.code).toBe('UNSUPPORTED_INTERFACE');
      expect(error.message).toContain(`icp:sync-plugin/types@${version}`);
      expect(error.message).toMatch(/0\.1\.x and 0\.2\.x/);
    },
  );

  test('when it is a component of quite another kind', async () => {
    const bytes = await dummyComponent('package a:b; world w { export run: func(); }', 'w');
    expect(refusal(bytes)).toMatchObject({ code: 'UNSUPPORTED_INTERFACE' });
  });

  test.each([
    ['64-bit memories', '(memory $wide i64 1)'],
    ['shared memories', '(memory $common 1 2 shared)'],
    ['several memories in one core module', '(memory $second 1)'],
  ])('when it uses %s', async (feature, items) => {
    const error = refusal(await watPlugin({ items }));
    expect(error).toMatchObject({ code: 'UNSUPPORTED_FEATURE', details: { feature } });
  });

  test('when its types double in size with every definition', () => {
    // tuple<u64, u64>, then sixty times tuple<the one before, the one before>; no encoder writes this.
    const definitions = [
      0x6f,
      2,
      0x77,
      0x77,
      ...Array.from({ length: 60 }, (_, n) => [0x6f, 2, n, n]).flat(),
    ];
    const section = [
      7,
      0x80 | ((definitions.length + 1) & 0x7f),
      (definitions.length + 1) >> 7,
      61,
      ...definitions,
    ];
    const error = refusal(new Uint8Array([0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0, ...section]));
    expect(error).toMatchObject({
      code: 'COMPONENT_INVALID',
      details: { reason: expect.stringContaining('too large') },
    });
  });

  test('wherever it is cut short', async () => {
    const bytes = await dummyComponent(pluginWit());
    const codes = new Set<string>();
    for (let length = 8; length < bytes.length; length++) {
      const cut = bytes.subarray(0, length);
      try {
        acceptPlugin(cut, 'p.wasm');
        codes.add('accepted');
      } catch (error) {
        codes.add((error as SandpoolError).code);
      }
    }
    // A cut between sections leaves a shorter component that is still well-formed, with something missing.
    codes.delete('accepted');
    expect([...codes].sort()).toEqual(['COMPONENT_INVALID', 'EXPORT_MISSING', 'UNSUPPORTED_INTERFACE']);
  });
});

test('any flipped bit is accepted or refused with a code of ours, never worse', async () => {
  const bytes = await dummyComponent(pluginWit());
  for (let at = 8; at < bytes.length; at++) {
    const flipped = bytes.slice();
    flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 8));
    try {
      acceptPlugin(flipped, 'p.wasm');
    } catch (error) {
      expect(error).toBeInstanceOf(SandpoolError);
      expect((error as SandpoolError).kind).toBe('user');
    }
  }
});
