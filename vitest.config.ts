import { defineConfig } from 'vitest/config';

// Tests import `#src/...`, which is the built output: what they exercise is what is shipped,
// worker entry included. `npm test` builds first.
export default defineConfig({
  test: {
    reporters: ['default', './test/support/closing-line.ts'],
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    testTimeout: 30_000,
    hookTimeout: 60_000,
    server: { deps: { external: [/\/dist\//] } },
  },
});
