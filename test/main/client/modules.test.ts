// What the client is made of: a bundler for browsers must be able to take all of it.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { expect, test } from 'vitest';

const DIST = fileURLToPath(new URL('../../../dist/', import.meta.url));

test('needs nothing of Node, and nothing of the pool or the store', async () => {
  const bundle = await rolldown({
    input: join(DIST, 'main/client/index.js'),
    platform: 'browser',
    external: /^node:/,
    logLevel: 'silent',
  });
  const { output } = await bundle.generate({ format: 'es' });
  await bundle.close();
  const chunks = output.flatMap((part) => (part.type === 'chunk' ? part : []));
  expect(chunks.flatMap(({ imports, dynamicImports }) => [...imports, ...dynamicImports])).toEqual([]);
  const modules = chunks.flatMap(({ moduleIds }) => moduleIds).filter((id) => id.startsWith(DIST));
  const folders = new Set(modules.map((id) => id.slice(DIST.length).split('/').slice(0, -1).join('/')));
  expect([...folders].sort()).toEqual(['bridge', 'main/client', 'main/client/generated', 'main/project']);
  const code = chunks.map((chunk) => chunk.code).join('\n');
  expect(code).not.toMatch(/\b(?:Buffer|process|require)\b[.(]/);
});

test('is what the package exports as sandpool/client', () => {
  const { exports } = JSON.parse(readFileSync(join(DIST, '../package.json'), 'utf8'));
  expect(exports['./client']).toEqual({
    types: './dist/main/client/index.d.ts',
    default: './dist/main/client/index.js',
  });
});
