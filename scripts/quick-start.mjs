// A rolldown plugin: small changes to packages that are bundled, and to what comes out, each for the time that passes before
// the first request.

const CHANGES = [
  {
    // A function call for each character, 50 ms, which everyone who waits for the first certificate waits for.
    file: /\/mcl-wasm\/dist\/mcl_c\.js$/,
    from: 'Uint8Array.from(atob(wasmBase64), function (c) { return c.charCodeAt(0); })',
    to: "Buffer.from(wasmBase64, 'base64')",
  },
  {
    // Where words end in every language, 6 ms, for texts that are mostly ASCII and not measured with it.
    file: /^(?!.*cli-table3).*\/string-width\/index\.js$/,
    from: 'const segmenter = new Intl.Segmenter();',
    to: 'let made; const segmenter = { segment: text => (made ??= new Intl.Segmenter()).segment(text) };',
  },
  {
    // A curve for signatures that nobody here checks with it: whoever verifies a certificate brings a check along.
    file: /\/@icp-sdk\/core\/lib\/esm\/agent\/utils\/bls\.js$/,
    from: "import { bls12_381 } from '@noble/curves/bls12-381.js';",
    to: 'const bls12_381 = {};',
  },
  {
    // The file that it starts threads with, bundled too: one to find and read, and not five.
    file: /\/piscina\/dist\/index\.js$/,
    from: "(__dirname, 'worker.js')",
    to: "(__dirname, '../../threads/piscina.cjs')",
  },
  {
    // A protocol that networks are not spoken to in.
    file: /\/undici\/lib\/dispatcher\/client-h2\.js$/,
    from: "http2 = require('node:http2')",
    to: 'http2 = { constants: {} }',
  },
  {
    // For commands that are programs of their own.
    file: /\/commander\/lib\/command\.js$/,
    from: "require('node:child_process')",
    to: '{}',
  },
  {
    // For timings that are not asked for.
    file: /\/piscina\/dist\/worker\.js$/,
    from: 'const node_perf_hooks_1 = require("node:perf_hooks");',
    to: 'const node_perf_hooks_1 = globalThis;',
  },
];

/** Means the same in strings, templates, regular expressions and names. */
function escaped(codeUnit) {
  return `\\u${codeUnit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** Fails the build when a place is not found: another version may not need the change, or need something else. */
export function quickStart() {
  return {
    name: 'quick-start',
    transform: {
      filter: { id: CHANGES.map(({ file }) => file) },
      handler(code, id) {
        const change = CHANGES.find(({ file }) => file.test(id));
        if (!code.includes(change.from))
          this.error(`${id} is not what it was: see whether it is to be changed`);
        return code.replace(change.from, change.to);
      },
    },
    // Text with any other character takes five times as long to read, and twice the memory.
    generateBundle(_, files) {
      for (const file of Object.values(files)) {
        if (file.type !== 'chunk') continue;
        if (/String\.raw`[^`]*[^\0-\x7f]/.test(file.code))
          this.error(`${file.fileName} has text that is not to be escaped`);
        file.code = file.code.replace(/[^\0-\x7f]/g, escaped);
      }
    },
  };
}
