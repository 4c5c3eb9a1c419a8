// Reads the `sync` section of a canister: its steps, those of plugins with everything they grant. Both forms of
// `files` are read here; which one a plugin takes is known only when its interface version is.

import { given, type ManifestValue } from './manifest-document.js';
import { canisterReference } from './names.js';
import type {
  DeclaredField,
  DeclaredName,
  DeclaredPath,
  DeclaredPaths,
  PluginLocation,
  PluginStep,
  ScriptStep,
  SyncStep,
} from './project-model.js';
import { quoted } from './shown-text.js';

const PLUGIN_KEYS = ['type', 'path', 'url', 'sha256', 'files', 'dirs', 'fields', 'canisters'] as const;
const SCRIPT_KEYS = ['type', 'command', 'commands'] as const;
const STEP_TYPES = ['plugin', 'script', 'assets'] as const;

/**
 * Reads `sync:`.
 * @throws SandpoolError MANIFEST_INVALID
 */
export function readSyncSteps(sync: ManifestValue): SyncStep[] {
  const { steps } = sync.record('`sync`', ['steps']);
  if (steps === undefined) throw sync.problem('`sync` must have a list of `steps`');
  return steps.list().map(readStep);
}

function readStep(step: ManifestValue): SyncStep {
  if (!step.isMap) throw step.problem('a sync step must be a map with a `type`, such as `type: plugin`');
  const type = step.entries().find(([key]) => key.scalarKey() === 'type')?.[1];
  if (type === undefined) throw step.problem('a sync step must have a `type`: `plugin` or `script`');
  switch (type.choice(STEP_TYPES)) {
    case 'plugin':
      return readPluginStep(step);
    case 'script':
      return readScriptStep(step);
    case 'assets':
      throw type.problem(
        'sync steps of type `assets` no longer exist: use a `plugin` or `script` step; if a recipe made this ' +
          'step, look for a newer version of the recipe',
      );
  }
}

function readPluginStep(step: ManifestValue): PluginStep {
  const { path, url, sha256, files, dirs, fields, canisters } = step.record(
    'a plugin step',
    PLUGIN_KEYS,
    'ignore',
  );
  const hash = given(sha256);
  const source = readLocation(step, given(path), given(url), hash);
  const declaredFiles = given(files);
  const declaredDirectories = given(dirs);
  return {
    type: 'plugin',
    source,
    ...(hash === undefined ? {} : { sha256: hashOf(hash) }),
    ...(declaredFiles === undefined ? {} : { files: readPaths(declaredFiles) }),
    ...(declaredDirectories === undefined ? {} : { directories: readPaths(declaredDirectories) }),
    fields: readFields(given(fields)),
    canisters: given(canisters)?.list().map(readCallable) ?? [],
    position: step.position,
  };
}

function readLocation(
  step: ManifestValue,
  path: ManifestValue | undefined,
  url: ManifestValue | undefined,
  sha256: ManifestValue | undefined,
): PluginLocation {
  if (path !== undefined && url !== undefined) {
    throw url.problem('a plugin step has either `path` or `url`, but this one has both: remove one');
  }
  if (path !== undefined) return { kind: 'path', path: path.filledText() };
  if (url === undefined) throw step.problem('a plugin step must have `path` (a file) or `url`');
  const text = url.filledText();
  const protocol = URL.canParse(text) ? new URL(text).protocol : undefined;
  if (protocol !== 'https:' && protocol !== 'http:') {
    throw url.problem(`\`url\` must be an address that begins with https://, but is ${quoted(text)}`);
  }
  if (sha256 === undefined) {
    throw step.problem(
      'a plugin step with `url` must have `sha256`, so that what is downloaded can be verified',
    );
  }
  return { kind: 'url', url: text };
}

/**
 * A SHA-256 in lower-case hex.
 * @throws SandpoolError MANIFEST_INVALID
 */
export function hashOf(sha256: ManifestValue): string {
  const text = sha256.scalarText();
  if (/^[0-9a-fA-F]{64}$/.test(text)) return text.toLowerCase();
  throw sha256.problem(
    `\`sha256\` must be 64 hexadecimal characters, but is ${quoted(text)} (${[...text].length} characters)`,
  );
}

function readPaths(value: ManifestValue): DeclaredPaths {
  if (value.isList) return { form: 'list', paths: value.list().map(readPath) };
  if (!value.isMap) {
    throw value.problem(
      `\`${value.label}\` must be a list of paths, or a map of name to path or paths, but is neither`,
    );
  }
  const paths = value.entries().flatMap(([name, entry]) => {
    const key = name.scalarKey();
    const items = entry.isList ? entry.list() : [entry];
    return items.map((item) => ({ key, ...readPath(item) }));
  });
  return { form: 'map', paths };
}

function readPath(value: ManifestValue): DeclaredPath {
  return { path: value.filledText(), position: value.position };
}

function readFields(fields: ManifestValue | undefined): DeclaredField[] {
  const entries = fields?.entries() ?? [];
  return entries
    .map(([name, value]) => ({ name: name.scalarKey(), value: value.scalarText() }))
    .sort((left, right) => Buffer.compare(Buffer.from(left.name), Buffer.from(right.name)));
}

function readCallable(value: ManifestValue): DeclaredName {
  return { name: canisterReference(value), position: value.position };
}

function readScriptStep(step: ManifestValue): ScriptStep {
  const { command, commands } = step.record('a script step', SCRIPT_KEYS, 'ignore');
  if ((command === undefined) === (commands === undefined)) {
    throw step.problem('a script step must have either `command` or `commands`');
  }
  const lines =
    command === undefined ? (commands?.list().map((line) => line.text()) ?? []) : [command.text()];
  return { type: 'script', commands: lines, position: step.position };
}
