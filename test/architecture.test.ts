import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const SRC = fileURLToPath(new URL('../src/', import.meta.url));

/** What code beside a guest may use of Node and of packages: nothing that opens a socket, a process, or a key. */
const WORKER_MAY_IMPORT = new Set([
  'node:buffer',
  'node:crypto',
  'node:fs',
  // For the niceness of its own thread.
  'node:os',
  'node:path',
  'node:util',
  'node:vm',
  'node:worker_threads',
  '@bytecodealliance/preview2-shim/random',
]);

function sources(folder: string): string[] {
  return readdirSync(join(SRC, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.d.ts'))
    .map((entry) => join(entry.parentPath, entry.name));
}

/** The modules a file imports when it runs; types vanish. */
function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  const statements = text.matchAll(
    /^(?:import|export)\s+(?!type\b)[^;]*?from\s+'([^']+)'|^import\s+'([^']+)'|\bimport\('([^']+)'\)/gm,
  );
  return [...statements].map(([, named, bare, dynamic]) => named ?? bare ?? dynamic ?? '');
}

function target(file: string, specifier: string): string {
  return specifier.startsWith('.') ? resolve(dirname(file), specifier).replace(/\.js$/, '.ts') : specifier;
}

function folderOf(file: string): string {
  return relative(SRC, file).split(/[\\/]/, 1)[0] ?? '';
}

describe('dependencies point one way', () => {
  const allowed: Record<string, string[]> = {
    main: ['main', 'bridge'],
    worker: ['worker', 'bridge'],
    bridge: ['bridge'],
  };
  test.each(Object.keys(allowed))('from src/%s', (folder) => {
    const files = sources(folder);
    expect(files.length).toBeGreaterThan(0);
    const wrong = files.flatMap((file) =>
      importsOf(file)
        .map((specifier) => target(file, specifier))
        .filter((path) => path.startsWith(SRC) && !allowed[folder]?.includes(folderOf(path)))
        .map((path) => `${relative(SRC, file)} -> ${relative(SRC, path)}`),
    );
    expect(wrong).toEqual([]);
  });
});

test('nothing reachable from the worker can open a socket, start a process or hold a key', () => {
  const reached = new Set<string>();
  const outside = new Map<string, string>();
  const visit = (file: string): void => {
    if (reached.has(file)) return;
    reached.add(file);
    for (const specifier of importsOf(file)) {
      const path = target(file, specifier);
      if (path.startsWith(SRC)) visit(path);
      else outside.set(path, relative(SRC, file));
    }
  };
  visit(join(SRC, 'worker/entry.ts'));
  visit(join(SRC, 'worker/thread.ts'));
  visit(join(SRC, 'worker/crypto-on-demand.ts'));
  expect(reached.size).toBeGreaterThan(10);
  const forbidden = [...outside].filter(([specifier]) => !WORKER_MAY_IMPORT.has(specifier));
  expect(forbidden).toEqual([]);
});

test('every adapter has its interface in wit/', () => {
  const versions = readdirSync(fileURLToPath(new URL('../wit/', import.meta.url)));
  const adapters = readdirSync(join(SRC, 'worker/adapters')).filter((name) => /^v\d/.test(name));
  expect(adapters.sort()).toEqual(
    versions.map((version) => `v${version.split('.').slice(0, 2).join('-')}.ts`).sort(),
  );
});
