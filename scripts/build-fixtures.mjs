// Builds the guest plugins into fixtures/build, where what is already built from the same sources is left alone.
//
//   node scripts/build-fixtures.mjs [name...]   the named plugins, or `guests`, or all when nothing is named
//   node scripts/build-fixtures.mjs --check     builds nothing; names what is not up to date, and exits 1
//   node scripts/build-fixtures.mjs --list      says what there is
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import PQueue from 'p-queue';
import { describeGuests, INTERFACE_LINES } from '../fixtures/guests.mjs';
import { describeMalformed } from '../fixtures/malformed.mjs';
import { isCPluginCurrent } from './fixtures/c-plugin.mjs';
import { outdatedGuestFiles, writeGuestFiles } from './fixtures/guest-files.mjs';
import { buildPlugin, isPluginCurrent, PLUGINS } from './fixtures/javascript-plugins.mjs';

const build = fileURLToPath(new URL('../fixtures/build/', import.meta.url));
const GUESTS = 'guests';

const [mode, wanted] = parse(process.argv.slice(2));
const plugins = PLUGINS.filter(({ name }) => wanted.includes(name));

if (mode === '--list') await list();
else if (mode === '--check') await check();
else await buildWanted();

async function buildWanted() {
  if (wanted.includes(GUESTS)) {
    const written = await writeGuestFiles(build);
    if (written > 0) console.log(`built ${written} guests`);
  }
  const queue = new PQueue({ concurrency: availableParallelism() });
  await queue.addAll(plugins.map((plugin) => () => buildPlugin(plugin, build)));
}

async function check() {
  const outdated = wanted.includes(GUESTS) ? await outdatedGuestFiles(build) : [];
  for (const plugin of plugins) {
    if (!(await isPluginCurrent(plugin, build))) outdated.push(`${plugin.name}.wasm`);
  }
  if (!(await isCPluginCurrent())) outdated.push('fixtures/plugins/seed-data-c/plugin.wasm');
  for (const name of outdated) console.error(`not up to date: ${name}`);
  process.exitCode = outdated.length > 0 ? 1 : 0;
}

async function list() {
  for (const { name, about } of PLUGINS) console.log(`${name}.wasm: ${about}`);
  for (const line of INTERFACE_LINES) {
    for (const [name, about] of await describeGuests(line)) {
      console.log(`${GUESTS}/${line}/${name}.wasm: ${about}`);
    }
  }
  for (const [name, about] of describeMalformed()) console.log(`malformed/${name}.wasm: ${about}`);
}

/** What to do, and with which; ends the process when that is not clear. */
function parse(parameters) {
  const [first, ...others] = parameters;
  const named = first?.startsWith('--') ? others : parameters;
  const known = [...PLUGINS.map(({ name }) => name), GUESTS];
  const unknown = named.find((name) => !known.includes(name));
  if (unknown !== undefined || (named !== parameters && !['--check', '--list'].includes(first))) {
    console.error(`there is no ${unknown ?? first}; there are ${known.join(', ')}, --check and --list`);
    process.exit(2);
  }
  return [named === parameters ? '--build' : first, named.length === 0 ? known : named];
}
