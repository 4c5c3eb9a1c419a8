// How the page is built: into files whose names carry a hash of what is in them, with nothing inline, so that they may be
// kept for ever and the content security policy needs no exception.

import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { bundledLicences } from '../../../../scripts/bundled-licences.mjs';

const folder = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: folder('./'),
  base: '/',
  publicDir: false,
  cacheDir: folder('../../../../node_modules/.vite-page'),
  plugins: [bundledLicences()],
  logLevel: 'warn',
  build: {
    outDir: folder('../../../../dist/main/server/page/'),
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
});
