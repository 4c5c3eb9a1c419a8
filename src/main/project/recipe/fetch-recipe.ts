// The text of a recipe's template: from a file, a cache or the network. What was fetched without a hash to check it by
// is kept only once it has rendered, lest one bad answer be believed for ever: from then on it is, as in icp-cli, until
// `sandpool cache prune`.

import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { describe, SandpoolError } from '../../../bridge/errors.js';
import { download } from '../../download/download.js';
import type { FetchOptions } from '../../download/fetch-plugin.js';
import { quoted } from '../shown-text.js';
import { parseRecipeType, type RecipeType, shownRecipe } from './recipe-type.js';

/** The longest template that is read. */
export const LARGEST_TEMPLATE_BYTES = 1024 * 1024;

/** A recipe as a canister declares it. */
export interface DeclaredRecipe {
  /** As written: see `parseRecipeType`. */
  readonly type: string;
  /** 64 hex characters that the template must hash to. */
  readonly sha256?: string | undefined;
}

export interface FetchRecipeOptions extends FetchOptions {
  /**
   * What `file://` paths are relative to: the project's folder. (icp-cli takes the folder it is run in, whatever file
   * the recipe is declared in; that is the project's where it works for all of a project's recipes.)
   */
  readonly projectFolder: string;
}

/** A template, and what to do when it has rendered. */
export interface FetchedRecipe {
  readonly template: string;
  /** To be called once the template has rendered, and not if it has not. */
  readonly rendered: () => Promise<void>;
}

const NOTHING_TO_KEEP = async (): Promise<void> => undefined;

/**
 * Fetches a recipe's template, at most 1 MiB of UTF-8.
 * @throws SandpoolError RECIPE_INVALID; DOWNLOAD_HASH_MISMATCH; as `download` does
 */
export async function fetchRecipe(
  { type, sha256: declared }: DeclaredRecipe,
  options: FetchRecipeOptions,
): Promise<FetchedRecipe> {
  const source = parseRecipeType(type);
  const sha256 = checkedHash(type, declared);
  if (source.kind === 'file') {
    const bytes = await readTemplate(type, resolve(options.projectFolder, source.path));
    checkHash(type, bytes, sha256);
    return { template: decoded(type, bytes), rendered: NOTHING_TO_KEEP };
  }
  const { cache, addresses, signal, timeoutMs } = options;
  const tag = tagOf(source);
  const known = sha256 ?? (await cache.tagged(tag));
  const kept = known === undefined ? undefined : await cache.content('recipe', known, LARGEST_TEMPLATE_BYTES);
  if (kept !== undefined) return { template: decoded(type, kept), rendered: NOTHING_TO_KEEP };
  const bytes = await download(addressOf(source), {
    addresses,
    signal,
    sha256,
    maximumBytes: LARGEST_TEMPLATE_BYTES,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  });
  const template = decoded(type, bytes);
  if (sha256 === undefined) return { template, rendered: () => cache.keepTagged(tag, bytes) };
  await cache.keep(bytes);
  return { template, rendered: NOTHING_TO_KEEP };
}

type RemoteRecipe = Exclude<RecipeType, { kind: 'file' }>;

/** Where a recipe is fetched from. */
function addressOf(source: RemoteRecipe): string {
  if (source.kind === 'url') return source.url;
  const { recipe, version } = source;
  return `https://github.com/dfinity/icp-cli-recipes/releases/download/${recipe}-${version}/recipe.hbs`;
}

/** What icp-cli remembers it by. */
function tagOf(source: RemoteRecipe): string {
  if (source.kind === 'url') return `uri+${source.url}:latest`;
  return `recipe@${source.registry}/${source.recipe}:${source.version}`;
}

/** A pipe is not waited for, a device not read without end, and what is too large not read at all. */
async function readTemplate(type: string, path: string): Promise<Uint8Array> {
  try {
    await using file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const status = await file.stat();
    if (!status.isFile()) throw invalid(type, 'it is not a file');
    if (status.size > LARGEST_TEMPLATE_BYTES) {
      throw invalid(type, `it has more than ${LARGEST_TEMPLATE_BYTES} bytes`);
    }
    return await file.readFile();
  } catch (error) {
    if (error instanceof SandpoolError) throw error;
    const code = (error as NodeJS.ErrnoException).code ?? describe(error);
    throw invalid(type, code === 'ENOENT' ? 'there is no such file' : `it cannot be read: ${code}`, error);
  }
}

function checkedHash(type: string, declared: string | undefined): string | undefined {
  const sha256 = declared?.toLowerCase();
  if (sha256 === undefined || /^[0-9a-f]{64}$/.test(sha256)) return sha256;
  throw invalid(type, `its sha256 must be 64 hexadecimal characters, but is ${quoted(declared ?? '')}`);
}

function checkHash(type: string, bytes: Uint8Array, expected: string | undefined): void {
  const actual = createHash('sha256').update(bytes).digest('hex');
  if (expected !== undefined && actual !== expected) {
    throw new SandpoolError('DOWNLOAD_HASH_MISMATCH', { url: shownRecipe(type), actual, expected });
  }
}

function decoded(type: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw invalid(type, 'it is not UTF-8', error);
  }
}

function invalid(type: string, reason: string, cause?: unknown): SandpoolError {
  return new SandpoolError('RECIPE_INVALID', { recipe: shownRecipe(type), reason }, { cause });
}
