// What is written into the form for a new batch, made into what the API takes; or what is wrong with it, by field.

import type { BatchRequest } from '../../api/runs.js';
import { type FilesForm, filesOf, isFirstInterface } from './batch-files.js';
import { type LimitsForm, limitsOf } from './batch-limits.js';
import { linesOf, pairsOf } from './form-lines.js';

/** As it stands in the form. */
export interface BatchForm extends FilesForm, LimitsForm {
  readonly name: string;
  readonly plugin: string;
  readonly network: string;
  readonly identity: string;
  readonly environment: string;
  /** One a line: a principal, and, behind a blank, a label. */
  readonly canisters: string;
  readonly concurrency: string;
  readonly priority: string;
  readonly proxy: string;
  /** One a line: `name=value`. From interface 0.2 on. */
  readonly fields: string;
}

/** Messages by field. */
export type FormMistakes = Partial<Record<keyof BatchForm, string>>;

/** What came of the form. */
export type FormOutcome =
  | { readonly request: BatchRequest; readonly mistakes?: never }
  | { readonly mistakes: FormMistakes; readonly request?: never };

const PRINCIPAL = /^[a-z0-9]{1,5}(?:-[a-z0-9]{1,5}){0,12}$/;
const MOST_RUNS = 100_000;
const MOST_CONCURRENCY = 1000;
const MOST_PRIORITY = 100;
const MOST_LABEL_CHARACTERS = 200;

/** The request that the form stands for. @param interfaceVersion of the plugin, when one is chosen */
export function requestOf(form: BatchForm, interfaceVersion?: string): FormOutcome {
  const mistakes: FormMistakes = {};
  if (form.plugin === '') mistakes.plugin = 'Choose a plugin, or upload one';
  if (form.network === '') mistakes.network = 'Choose a network';
  if (form.identity === '') mistakes.identity = 'Choose an identity';
  const runs = runsOf(form.canisters, mistakes);
  const concurrency = wholeOf(form.concurrency, 'concurrency', 1, MOST_CONCURRENCY, mistakes);
  const priority = wholeOf(form.priority, 'priority', -MOST_PRIORITY, MOST_PRIORITY, mistakes);
  const proxy = form.proxy.trim();
  if (proxy !== '' && !PRINCIPAL.test(proxy)) mistakes.proxy = `${proxy.slice(0, 80)} is not a principal`;
  const files = filesOf(form, interfaceVersion, mistakes);
  const fields = isFirstInterface(interfaceVersion) ? undefined : fieldsOf(form.fields, mistakes);
  const limits = limitsOf(form, mistakes);
  if (Object.keys(mistakes).length > 0) return { mistakes };
  const name = form.name.trim();
  const environment = form.environment.trim();
  return {
    request: {
      ...(name === '' ? {} : { name }),
      ...(concurrency === undefined ? {} : { concurrency }),
      ...(priority === undefined ? {} : { priority }),
      defaults: {
        plugin: form.plugin,
        network: form.network,
        identity: form.identity,
        ...(environment === '' ? {} : { environment }),
        ...files,
        ...(fields === undefined ? {} : { fields }),
        ...(proxy === '' ? {} : { proxy }),
        ...(limits === undefined ? {} : { limits }),
      },
      runs,
    },
  };
}

/** How many lines of the list name a canister. */
export function canisterCount(text: string): number {
  return linesOf(text).length;
}

function runsOf(text: string, mistakes: FormMistakes): BatchRequest['runs'] {
  const runs: BatchRequest['runs'] = [];
  for (const { number, text: line } of linesOf(text)) {
    const [, canister = '', label = ''] = /^(\S+)(?:\s+(.*))?$/.exec(line) ?? [];
    if (!PRINCIPAL.test(canister)) {
      mistakes.canisters = `Line ${number}: ${canister.slice(0, 80)} is not a principal`;
      return [];
    }
    if (label.length > MOST_LABEL_CHARACTERS) {
      mistakes.canisters = `Line ${number}: the label is longer than ${MOST_LABEL_CHARACTERS} characters`;
      return [];
    }
    runs.push(label === '' ? { canister } : { canister, label });
  }
  if (runs.length === 0) mistakes.canisters = 'Name at least one canister';
  if (runs.length > MOST_RUNS)
    mistakes.canisters = `A batch has at most ${MOST_RUNS} runs; these are ${runs.length}`;
  return runs;
}

function fieldsOf(text: string, mistakes: FormMistakes): Record<string, string> | undefined {
  const { value = {}, mistake } = pairsOf(text);
  if (mistake !== undefined) mistakes.fields = mistake;
  return Object.keys(value).length === 0 ? undefined : value;
}

function wholeOf(
  text: string,
  name: 'concurrency' | 'priority',
  least: number,
  most: number,
  mistakes: FormMistakes,
): number | undefined {
  if (text.trim() === '') return undefined;
  const value = Number(text);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  mistakes[name] = `A whole number from ${least} to ${most}`;
  return undefined;
}
