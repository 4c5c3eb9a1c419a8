import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

// Tests import `#src/...`, which is the built output: what they exercise is what is shipped,
// worker entry included. `npm test` builds first.
export default defineConfig({
  test: {
    reporters: ['default', './test/support/closing-line.ts'],
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    // Most files wait for processes of their own, so two at once are right even where there are two processors.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    testTimeout: 30_000,
    hookTimeout: 60_000,
    server: { deps: { external: [/\/dist\//] } },
  },
});
