// What a sync would do, for people: canister by canister, step by step, with all that each plugin would be granted.

import type { RunLimits } from '../pool/limits.js';
import { printable } from '../project/shown-text.js';
import type {
  CanisterPreview,
  PluginPreview,
  StepPreview,
  SyncPreview,
  UploadPreview,
} from '../sync/preview.js';
import type { Line } from './line.js';
import type { Stream } from './terminal.js';
import { bytes, counted, duration } from './units.js';

const LABEL_WIDTH = 13;

/** Writes a preview. */
export function writePreview(stream: Stream, preview: SyncPreview): void {
  const { environment, network, url, canisters, withoutSteps, proxyCanisterId } = preview;
  stream.line([
    ['bold', `${counted(canisters.length, 'canister')} would be synced`],
    ` (environment ${environment}, network ${network} at ${url})`,
  ]);
  for (const canister of canisters) writeCanister(stream, canister);
  stream.line();
  if (withoutSteps.length > 0) stream.line(`nothing to do for ${withoutSteps.join(', ')}`);
  const through =
    proxyCanisterId === undefined ? 'directly' : `through the proxy canister ${proxyCanisterId}`;
  stream.line(`updates would be sent ${through}`);
  stream.line(`limits of each run: ${limitsText(preview.limits)}`);
  if (preview.upload !== undefined) writeUpload(stream, preview.upload);
  const steps = canisters.flatMap((canister) => canister.steps);
  const failing = steps.filter(({ error }) => error !== undefined).length;
  stream.line(
    failing === 0
      ? 'nothing was started, and no canister was called'
      : [
          ['red', `${counted(failing, 'step')} would fail`],
          ': nothing was started, and no canister was called',
        ],
  );
}

function writeUpload(stream: Stream, { plugins, bundle }: UploadPreview): void {
  stream.line('would be sent to the service, as far as it has it not:');
  for (const { name, sha256, sizeBytes } of plugins) {
    stream.line(`  plugin ${name} (${bytes(sizeBytes)}, sha256 ${sha256})`);
  }
  if (bundle === undefined) return;
  const { sha256, sizeBytes, files } = bundle;
  stream.line(`  ${counted(files.length, 'file')} as one bundle (${bytes(sizeBytes)}, sha256 ${sha256})`);
  for (const file of files) stream.line(`    ${printable(file.path)} (${bytes(file.sizeBytes)})`);
}

function writeCanister(stream: Stream, { canister, canisterId, steps }: CanisterPreview): void {
  stream.line();
  stream.line([['bold', canister], ` (${canisterId})`]);
  for (const [index, step] of steps.entries()) writeStep(stream, step, `${index + 1} of ${steps.length}`);
}

function writeStep(
  stream: Stream,
  { kind, label, script, plugin, error }: StepPreview,
  number: string,
): void {
  stream.line(`  step ${number}: ${kind} ${kind === 'plugin' ? label : ''}`);
  const row = (name: string, values: readonly string[]): void => {
    for (const [index, value] of values.entries())
      stream.line(`    ${(index === 0 ? name : '').padEnd(LABEL_WIDTH)}${value}`);
  };
  if (script !== undefined) {
    row('runs', script.commands);
    row('in', [script.folder]);
    row(
      'told',
      Object.entries(script.variables).map(([name, value]) => `${name}=${value}`),
    );
  }
  if (plugin !== undefined) for (const [name, values] of pluginRows(plugin)) row(name, values);
  if (error === undefined) return;
  const explained: Line = [
    `    ${'would fail'.padEnd(LABEL_WIDTH)}`,
    ['red', error.code],
    `: ${error.message}`,
  ];
  stream.line(explained);
  if (error.hint !== undefined) row('hint', [error.hint]);
}

function pluginRows(plugin: PluginPreview): [name: string, values: readonly string[]][] {
  const { sha256, interfaceVersion, sizeBytes, directories, files, fields, canisters } = plugin;
  const named = (name: string, path: string) => (name === '' ? path : `${name} = ${path}`);
  return [
    ['interface', [`icp:sync-plugin@${interfaceVersion}`]],
    ['sha256', [sha256]],
    ['size', [bytes(sizeBytes)]],
    ['may read', (directories ?? []).map(({ name, path }) => `${named(name, path)} and all below it`)],
    [
      'is given',
      (files ?? []).map(({ name, path, sizeBytes: size }) => `${named(name, path)} (${bytes(size)})`),
    ],
    ['fields', fields.map(({ name, value }) => `${name} = ${value}`)],
    ['may call', canisters.map(({ name, canisterId }) => `${name} (${canisterId})`)],
  ];
}

function limitsText({ computeBudgetMs, wallTimeMs, memoryBytes, hostCalls }: Partial<RunLimits>): string {
  const parts = [
    computeBudgetMs === undefined ? [] : `${duration(computeBudgetMs)} of computing`,
    wallTimeMs === undefined ? 'any time' : `${duration(wallTimeMs)} altogether`,
    memoryBytes === undefined ? [] : `${bytes(memoryBytes)} of memory`,
    hostCalls === undefined ? 'any number of calls' : counted(hostCalls, 'call'),
  ];
  return parts.flat().join(', ');
}
