// A rolldown plugin: has mcl-wasm turn its module from base64 into bytes by Node's own means. Its own way, a function
// call for each character, takes some 50 ms, which everyone who waits for the first certificate of a process waits for.

const SLOW = 'Uint8Array.from(atob(wasmBase64), function (c) { return c.charCodeAt(0); })';
const QUICK = "Buffer.from(wasmBase64, 'base64')";

/** Fails the build when the place is not found: another version may not need it, or need something else. */
export function quickBase64() {
  return {
    name: 'quick-base64',
    transform: {
      filter: { id: /\/mcl-wasm\/dist\/mcl_c\.js$/ },
      handler(code) {
        if (!code.includes(SLOW)) this.error('mcl-wasm does not turn its module into bytes as it did');
        return code.replace(SLOW, QUICK);
      },
    },
  };
}
