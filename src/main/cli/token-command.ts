// `sandpool token`: makes, lists and revokes the tokens of a service, also while it runs.

import { existsSync } from 'node:fs';
import { SandpoolError } from '../../bridge/errors.js';
import { listed, quoted, suggestion } from '../project/shown-text.js';
import type { ServiceConfiguration } from '../server/config/index.js';
import { type NewToken, openTokens, type Scope, type Token } from '../server/store/index.js';
import { type ConfigurationOption, configurationOf } from './service-configuration.js';
import type { Terminal } from './terminal.js';
import { widthOf } from './text-width.js';

/** The options that all have, as parsed. */
export interface TokenCommandOptions extends ConfigurationOption {
  readonly json?: true;
}

/** The options of `sandpool token create`, as parsed. */
export interface CreateTokenOptions extends TokenCommandOptions {
  readonly scope: Scope;
  readonly identity?: readonly string[];
  readonly network?: readonly string[];
  readonly canisters?: readonly string[];
  readonly allRuns?: true;
  readonly quiet?: true;
}

/** Stands for whatever there is, now and later. */
const ANY = '*';

/** Who is named in the audit. */
const ACTOR = 'command-line';

const LONGEST_NAME = 100;

/**
 * Makes a token, and prints its secret: this once.
 * @returns the exit code
 * @throws SandpoolError USAGE, INVALID_OPTION; CONFIG_INVALID, CONFIG_UNREADABLE; what `openTokens` throws
 */
export async function createToken(
  name: string,
  options: CreateTokenOptions,
  { stdout, stderr }: Terminal,
): Promise<number> {
  const configuration = configurationOf(options);
  const wanted = newToken(name, options, configuration);
  using store = openTokens({ file: configuration.storeFile });
  const { token, secret } = store.transaction(() => {
    const created = store.tokens.create(wanted);
    const { id } = created.token;
    store.audit.record({ actor: ACTOR, action: 'token.create', subject: id, details: auditDetails(wanted) });
    return created;
  });
  store.flush();
  if (options.json === true) {
    stdout.json({ ...shown(token), secret });
  } else if (options.quiet === true) {
    stdout.line(secret);
  } else {
    stdout.line(`id      ${token.id}`);
    stdout.line(`secret  ${secret}`);
    stderr.line([['dim', 'the secret is shown this once: only its hash is kept']]);
  }
  return 0;
}

/** Lists all tokens, the newest first; never a secret. @returns the exit code */
export async function listTokens(options: TokenCommandOptions, { stdout }: Terminal): Promise<number> {
  const { storeFile } = configurationOf(options);
  const tokens = tokensIn(storeFile);
  if (options.json === true) {
    stdout.json({ store: storeFile, tokens: tokens.map(shown) });
    return 0;
  }
  const rows = tokens.map((token) => [
    token.id,
    token.name,
    token.scopes.join(','),
    shownList(token.identities),
    shownList(token.networks),
    shownList(token.canisters),
    shownTime(token.createdAtMs),
    token.usedAtMs === undefined ? 'never' : shownTime(token.usedAtMs),
    token.revokedAtMs === undefined ? 'valid' : `revoked ${shownTime(token.revokedAtMs)}`,
  ]);
  const head = [
    'id',
    'name',
    'scope',
    'identities',
    'networks',
    'canisters',
    'created',
    'last used',
    'state',
  ];
  if (rows.length > 0) writeTable([head, ...rows], (line) => stdout.line(line));
  stdout.line(`${tokens.length} token${tokens.length === 1 ? '' : 's'} in ${storeFile}`);
  return 0;
}

/** Revokes a token: from now on it opens nothing. @returns the exit code @throws SandpoolError TOKEN_NOT_FOUND */
export async function revokeToken(
  id: string,
  options: TokenCommandOptions,
  { stdout }: Terminal,
): Promise<number> {
  const { storeFile } = configurationOf(options);
  // Nothing is made where there is nothing.
  if (!existsSync(storeFile)) throw new SandpoolError('TOKEN_NOT_FOUND', { token: quoted(id) });
  using store = openTokens({ file: storeFile });
  const token = store.transaction(() => {
    const before = store.tokens.find(id);
    if (before === undefined) throw new SandpoolError('TOKEN_NOT_FOUND', { token: quoted(id) });
    const revoked = store.tokens.revoke(id);
    if (before.revokedAtMs === undefined) {
      store.audit.record({
        actor: ACTOR,
        action: 'token.revoke',
        subject: id,
        details: { name: before.name },
      });
    }
    return revoked;
  });
  store.flush();
  if (options.json === true) stdout.json(shown(token));
  else stdout.line(`revoked ${token.id} (${token.name})`);
  return 0;
}

function tokensIn(file: string): Token[] {
  if (!existsSync(file)) return [];
  using store = openTokens({ file });
  return store.tokens.list();
}

function newToken(
  name: string,
  { scope, identity, network, canisters, allRuns }: CreateTokenOptions,
  configuration: ServiceConfiguration,
): NewToken {
  const isShowable = /^[^\p{C}\p{Zl}\p{Zp}]+$/u.test(name) && name.trim() === name;
  if (!isShowable || name.length > LONGEST_NAME) {
    const bound = `1 to ${LONGEST_NAME} characters that print, without space around them`;
    throw new SandpoolError('INVALID_OPTION', { option: 'NAME', bound, value: quoted(name) });
  }
  const bindings = {
    '--identity': identity,
    '--network': network,
    '--canisters': canisters,
  };
  requireEnough(scope, bindings);
  const bound = (option: keyof typeof bindings, known: Iterable<string>) =>
    namesOf(option, bindings[option] ?? [], [...known]);
  return {
    name,
    scopes: [scope],
    // One that only reads has no runs of its own.
    seesAllRuns: allRuns === true || scope !== 'run',
    ...present('identities', bound('--identity', configuration.identities.keys())),
    ...present('networks', bound('--network', configuration.networks.keys())),
    ...present('canisters', bound('--canisters', configuration.canisters.keys())),
  };
}

/** A token that is to run something needs all that a run is made of. */
function requireEnough(
  scope: Scope,
  bindings: Readonly<Record<string, readonly string[] | undefined>>,
): void {
  const missing = Object.keys(bindings).filter((option) => bindings[option] === undefined);
  const isBare = missing.length === Object.keys(bindings).length;
  if (missing.length === 0 || scope === 'read' || (scope === 'admin' && isBare)) return;
  const also = scope === 'admin' ? ', or none of the three for one that runs nothing' : '';
  throw new SandpoolError('USAGE', {
    problem: `a token that is to run plugins needs ${missing.join(' and ')} too (\`${ANY}\` is any)${also}`,
  });
}

/** Undefined for any. */
function namesOf(option: string, names: readonly string[], known: readonly string[]): string[] | undefined {
  const chosen = [...new Set(names)];
  if (chosen.includes(ANY)) {
    if (chosen.length === 1) return undefined;
    const bound = `either \`${ANY}\`, which is any, or names`;
    throw new SandpoolError('INVALID_OPTION', { option, bound, value: listed(chosen) });
  }
  for (const name of chosen) {
    if (known.includes(name)) continue;
    const bound = `a name that the configuration has, which are: ${listed(known)}`;
    const value = `${quoted(name)}${suggestion(name, known)}`;
    throw new SandpoolError('INVALID_OPTION', { option, bound, value });
  }
  return chosen;
}

function present<Name extends string, Value>(
  name: Name,
  value: Value | undefined,
): { readonly [Key in Name]?: Value } {
  return value === undefined ? {} : ({ [name]: value } as { readonly [Key in Name]: Value });
}

/** What it may do; a list that is absent is any. */
function auditDetails({ name, scopes, identities, networks, canisters, seesAllRuns }: NewToken) {
  return {
    name,
    scopes: [...scopes],
    identities: identities === undefined ? ANY : [...identities],
    networks: networks === undefined ? ANY : [...networks],
    canisters: canisters === undefined ? ANY : [...canisters],
    seesAllRuns: seesAllRuns === true,
  };
}

function shown(token: Token): object {
  const time = (timeMs: number | undefined) => (timeMs === undefined ? null : new Date(timeMs).toISOString());
  return {
    id: token.id,
    ...auditDetails(token),
    createdAt: time(token.createdAtMs),
    usedAt: time(token.usedAtMs),
    revokedAt: time(token.revokedAtMs),
  };
}

function shownList(names: readonly string[] | undefined): string {
  if (names === undefined) return ANY;
  return names.join(',') || '-';
}

/** To the minute, which is how exactly the last use is kept. */
function shownTime(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(0, 16)}Z`;
}

function writeTable(rows: readonly (readonly string[])[], write: (line: string) => void): void {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => widthOf(row[column] ?? ''))),
  );
  for (const row of rows) {
    write(row.map((text, column) => text + ' '.repeat((widths[column] ?? 0) - widthOf(text))).join('  '));
  }
}
