// Runs jco in a process of its own, started for one component and ended with it. The component is untrusted and
// jco large: whatever it makes of it, time and memory without end included, stays out of the process that
// serves runs. And the engine settings that make guests stoppable make jco's own WebAssembly six times slower.

import { $init, generate } from '@bytecodealliance/jco-transpile/component';
import { describe } from '../../bridge/errors.js';
import { GLUE_FILE, type Translation } from './translation.js';

async function translate(component: Uint8Array): Promise<Translation> {
  await $init;
  try {
    const { files } = generate(component, {
      name: GLUE_FILE.replace('.js', ''),
      instantiation: { tag: 'sync' },
      map: [],
      noNodejsCompat: true,
      noTypescript: true,
      tlaCompat: false,
      base64Cutoff: 0,
    });
    return { files };
  } catch (error) {
    return { refusal: describe(error).split('\n', 1)[0] ?? '' };
  }
}

process.once('message', async (component: Uint8Array) => {
  const translation = await translate(component);
  process.send?.(translation, () => process.disconnect());
});
