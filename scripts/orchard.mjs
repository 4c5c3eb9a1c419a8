// The project fixtures/projects/orchard, as the demo and the end-to-end tests use it: the network it needs, a copy
// of it that knows that network, what must be in its canisters after a sync, and what is there.
import { createHash } from 'node:crypto';
import { copyFile, cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HttpAgent } from '@icp-sdk/core/agent';
import { IDL } from '@icp-sdk/core/candid';
import { parse } from 'yaml';

const PROJECT = fileURLToPath(new URL('../fixtures/projects/orchard', import.meta.url));
const BUILD = fileURLToPath(new URL('../fixtures/build', import.meta.url));
const C_PLUGIN = fileURLToPath(new URL('../fixtures/plugins/seed-data-c/plugin.wasm', import.meta.url));

/** The environment that the project is synced in. */
export const ENVIRONMENT = 'demo';

/** A file that needs more than one chunk; made, not kept. */
const PANORAMA = { site: 'gate', path: 'pictures/panorama.bin', bytes: 2_000_000 };

/** @typedef {{ name: string, kind: 'kv' | 'assets', step: Record<string, any> }} OrchardCanister */

/** @returns {Promise<OrchardCanister[]>} every canister of the project, with its sync step */
export async function orchardCanisters() {
  const manifest = parse(await readFile(join(PROJECT, 'icp.yaml'), 'utf8'));
  return manifest.canisters.map(({ name, sync }) => {
    const [step] = sync.steps;
    return { name, kind: step.path.includes('asset-upload') ? 'assets' : 'kv', step };
  });
}

/**
 * Puts a copy of the project into `folder`, set up for a network.
 * @param {string} folder
 * @param {{ url: string, canisters: readonly { name: string, id: string }[] }} network
 */
export async function deployOrchard(folder, { url, canisters }) {
  await cp(PROJECT, folder, { recursive: true });
  const manifest = await readFile(join(folder, 'icp.yaml'), 'utf8');
  await writeFile(join(folder, 'icp.yaml'), manifest.replace(/url: \S+/, `url: ${url}`));
  await mkdir(join(folder, 'plugins'), { recursive: true });
  for (const file of await readdir(BUILD)) {
    if (file.endsWith('.wasm')) await copyFile(join(BUILD, file), join(folder, 'plugins', file));
  }
  await copyFile(C_PLUGIN, join(folder, 'plugins/seed-data-c.wasm'));
  const ids = Object.fromEntries(canisters.map(({ name, id }) => [name, id]));
  await mkdir(join(folder, '.icp/data/mappings'), { recursive: true });
  await writeFile(join(folder, `.icp/data/mappings/${ENVIRONMENT}.ids.json`), JSON.stringify(ids, null, 2));
  await writeFile(join(folder, 'sites', PANORAMA.site, PANORAMA.path), panorama());
}

/** What a canister holds: a text for each name, and how often each was written. Assets are told by their hash. */
/** @typedef {Map<string, { content: string, writes: number }>} CanisterContent */

/** @returns {Promise<Map<string, CanisterContent>>} what each canister must hold after one sync */
export async function expectedContent() {
  const canisters = await orchardCanisters();
  const expected = new Map(canisters.map(({ name }) => [name, new Map()]));
  const season = (await readFile(join(PROJECT, 'season.txt'), 'utf8')).trim();
  for (const { name, kind, step } of canisters) {
    const content = expected.get(name);
    const once = (key, text) => content.set(key, { content: text, writes: 1 });
    if (kind === 'assets') {
      for (const file of await filesBelow(join(PROJECT, step.dirs[0])))
        once(`/${file.path}`, sha256(file.bytes));
      if (name === PANORAMA.site) once(`/${PANORAMA.path}`, sha256(panorama()));
      continue;
    }
    const prefix = step.fields?.prefix ?? '';
    const records = await filesBelow(join(PROJECT, step.files.seed ?? step.dirs[0]));
    for (const { path, bytes } of records)
      once(`${prefix}${path.replace(/\.txt$/, '')}`, bytes.toString('utf8').trim());
    once(`${prefix}file:${step.files.season === undefined ? 'season.txt' : 'season'}`, season);
    if (step.fields?.ledger !== undefined) {
      expected
        .get(step.fields.ledger)
        .set(`records of ${name}`, { content: String(records.length), writes: 1 });
    }
  }
  return expected;
}

/**
 * Reads what the canisters hold, through verified queries.
 * @param {{ url: string, rootKey: Uint8Array, canisters: readonly { name: string, id: string }[] }} network
 * @returns {Promise<Map<string, CanisterContent>>}
 */
export async function actualContent({ url, rootKey, canisters }) {
  const agent = await HttpAgent.create({ host: url, rootKey, verifyQuerySignatures: true });
  const kinds = new Map((await orchardCanisters()).map(({ name, kind }) => [name, kind]));
  const read = async ({ name, id }) => [
    name,
    kinds.get(name) === 'assets' ? await assetsOf(agent, id) : await recordsOf(agent, id),
  ];
  return new Map(await Promise.all(canisters.map(read)));
}

/**
 * @param {Map<string, CanisterContent>} expected
 * @param {Map<string, CanisterContent>} actual
 * @returns {string[]} a line for everything that is missing, wrong, there twice, or should not be there
 */
export function differences(expected, actual) {
  const lines = [];
  for (const [canister, contents] of expected) {
    const found = actual.get(canister) ?? new Map();
    for (const [key, { content, writes }] of contents) {
      const there = found.get(key);
      if (there === undefined) lines.push(`${canister}: ${key} is missing`);
      else if (there.content !== content)
        lines.push(`${canister}: ${key} is ${there.content}, not ${content}`);
      else if (there.writes !== writes) lines.push(`${canister}: ${key} was written ${there.writes} times`);
    }
    for (const key of found.keys())
      if (!contents.has(key)) lines.push(`${canister}: ${key} should not be there`);
  }
  return lines;
}

async function recordsOf(agent, canister) {
  const [pairs] = await query(agent, canister, 'list', [], [], [IDL.Vec(IDL.Tuple(IDL.Text, IDL.Text))]);
  const read = async ([key, content]) => {
    const [writes] = await query(agent, canister, 'writes', [IDL.Text], [key], [IDL.Nat]);
    return [key, { content, writes: Number(writes) }];
  };
  return new Map(await Promise.all(pairs.map(read)));
}

async function assetsOf(agent, canister) {
  const encoding = IDL.Record({ content_encoding: IDL.Text, sha256: IDL.Opt(IDL.Vec(IDL.Nat8)) });
  const list = IDL.Vec(IDL.Record({ key: IDL.Text, encodings: IDL.Vec(encoding) }));
  const [assets] = await query(agent, canister, 'list', [IDL.Record({})], [{}], [list]);
  const hash = (asset) => Buffer.from(asset.encodings[0]?.sha256[0] ?? []).toString('hex');
  return new Map(
    assets.map((asset) => [asset.key, { content: hash(asset), writes: asset.encodings.length }]),
  );
}

async function query(agent, canister, methodName, types, values, replyTypes) {
  const answer = await agent.query(canister, { methodName, arg: IDL.encode(types, values) });
  if (answer.status !== 'replied') throw new Error(`${methodName} was rejected: ${answer.reject_message}`);
  return IDL.decode(replyTypes, answer.reply.arg);
}

async function filesBelow(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return Promise.all(
    entries
      .filter((entry) => entry.isFile() && entry.name !== basename(PANORAMA.path))
      .map((entry) => join(entry.parentPath, entry.name))
      .map(async (path) => ({ path: relative(folder, path), bytes: await readFile(path) })),
  );
}

/** Bytes that are the same everywhere and do not repeat from one chunk to the next. */
function panorama() {
  const bytes = Buffer.alloc(PANORAMA.bytes);
  let state = 1;
  for (let at = 0; at < bytes.length; at++) {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    bytes[at] = state >> 16;
  }
  return bytes;
}

function sha256(bytes) {
  return createHash('sha256').update(bytes).digest('hex');
}
