// Runs jco in a process of its own, started for one component and ended with it. The component is untrusted and
// jco large: whatever it makes of it, time and memory without end included, stays out of the process that
// serves runs.

import { $init, generate } from '@bytecodealliance/jco-transpile/component';
import { describe } from '../../bridge/errors.js';
import { MalformedBinary } from './byte-reader.js';
import { limitCoreModule } from './core-module/limit-core-module.js';
import { UnsupportedInModule } from './core-module/unsupported-in-module.js';
import { glueExpression } from './glue.js';
import type { Translation } from './translation.js';

const NAME = 'plugin';

/** The glue of a 12 MB plugin has 0.4 MB. Whoever loads more than this was made to. */
const LARGEST_GLUE_BYTES = 8 * 1024 * 1024;

async function translate(component: Uint8Array): Promise<Translation> {
  await $init;
  let files: ReadonlyMap<string, Uint8Array>;
  try {
    files = new Map(
      generate(component, {
        name: NAME,
        instantiation: { tag: 'sync' },
        map: [],
        noNodejsCompat: true,
        noTypescript: true,
        tlaCompat: false,
        base64Cutoff: 0,
      }).files,
    );
  } catch (error) {
    return { refusal: describe(error).split('\n', 1)[0] ?? '' };
  }
  const glue = files.get(`${NAME}.js`) ?? new Uint8Array();
  if (glue.byteLength > LARGEST_GLUE_BYTES) return { unsupported: 'so many instances of its parts' };
  try {
    const cores = [...files].filter(([name]) => name.endsWith('.wasm'));
    return {
      glue: glueExpression(Buffer.from(glue).toString('utf8')),
      modules: cores.map(([name, bytes]) => ({ name, ...limitCoreModule(bytes) })),
    };
  } catch (error) {
    if (error instanceof UnsupportedInModule) return { unsupported: error.feature };
    return error instanceof MalformedBinary ? { refusal: error.message } : { defect: describe(error) };
  }
}

process.once('message', async (component: Uint8Array) => {
  const translation = await translate(component);
  process.send?.(translation, () => process.disconnect());
});
