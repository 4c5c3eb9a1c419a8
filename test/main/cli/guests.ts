// Guests for tests of the command line. They call the `kv` or `test` canister of the embedded network.

import { callCanister, LOOP, OK, watPlugin } from '../../support/wat-plugin.js';

/** Returns at once. */
export const returning = () => watPlugin();

/** Computes for ever. */
export const looping = () => watPlugin({ body: `${LOOP} ${OK}` });

/** Fails with a text. */
export function failing(text: string): Promise<Uint8Array> {
  const bytes = Buffer.from(text);
  const escaped = [...bytes].map((byte) => `\\${byte.toString(16).padStart(2, '0')}`).join('');
  return watPlugin({
    body: `(i32.store8 (i32.const 8) (i32.const 1))
      (i32.store (i32.const 12) (i32.const 1024)) (i32.store (i32.const 16) (i32.const ${bytes.length}))
      ${OK}`,
    items: `(data (i32.const 1024) "${escaped}")`,
  });
}

const INCREMENT =
  '(call $canister-call (i32.const 512) (i32.const 9) (i32.const 528) (i32.const 6) (i32.const 0) (i32.const 0) (i64.const 0) (i32.const 64))';
const INCREMENT_DATA = '(data (i32.const 512) "increment") (data (i32.const 528) "DIDL\\00\\00")';

/** Calls `increment` of the `test` canister, an update, for ever. */
export const incrementing = () =>
  watPlugin({ body: `(loop $forever ${INCREMENT} (br $forever)) ${OK}`, items: INCREMENT_DATA });

/** Calls `increment` once, and returns ok whatever came of it. */
export const incrementingOnce = () => watPlugin({ body: `${INCREMENT} ${OK}`, items: INCREMENT_DATA });

/** Calls a method that no canister has, and fails with the text it is given. */
export const reporting = () =>
  watPlugin({ body: `${callCanister(0)} (i32.store8 (i32.const 64) (i32.const 1)) (i32.const 64)` });
