// What is written into the form for a new batch, made into what the API takes; or what is wrong with it, by field.

import type { BatchRequest } from '../../api/runs.js';

/** As it stands in the form. */
export interface BatchForm {
  readonly name: string;
  readonly plugin: string;
  readonly network: string;
  readonly identity: string;
  readonly environment: string;
  /** One a line: a principal, and, behind a blank, a label. */
  readonly canisters: string;
  readonly concurrency: string;
  /** One a line: `name=value`. */
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
const MOST_LABEL_CHARACTERS = 200;

/** The request that the form stands for. */
export function requestOf(form: BatchForm): FormOutcome {
  const mistakes: FormMistakes = {};
  if (form.plugin === '') mistakes.plugin = 'Choose a plugin, or upload one';
  if (form.network === '') mistakes.network = 'Choose a network';
  if (form.identity === '') mistakes.identity = 'Choose an identity';
  const runs = runsOf(form.canisters, mistakes);
  const fields = fieldsOf(form.fields, mistakes);
  const concurrency = concurrencyOf(form.concurrency, mistakes);
  if (Object.keys(mistakes).length > 0) return { mistakes };
  const name = form.name.trim();
  const environment = form.environment.trim();
  return {
    request: {
      ...(name === '' ? {} : { name }),
      ...(concurrency === undefined ? {} : { concurrency }),
      defaults: {
        plugin: form.plugin,
        network: form.network,
        identity: form.identity,
        ...(environment === '' ? {} : { environment }),
        ...(fields === undefined ? {} : { fields }),
      },
      runs,
    },
  };
}

/** How many lines of the list name a canister. */
export function canisterCount(text: string): number {
  return text.split('\n').filter((line) => line.trim() !== '').length;
}

function runsOf(text: string, mistakes: FormMistakes): BatchRequest['runs'] {
  const runs: BatchRequest['runs'] = [];
  const lines = text.split('\n');
  for (const [index, line] of lines.entries()) {
    const [, canister = '', label = ''] = /^\s*(\S+)(?:\s+(.*?))?\s*$/.exec(line) ?? [];
    if (canister === '') continue;
    if (!PRINCIPAL.test(canister)) {
      mistakes.canisters = `Line ${index + 1}: ${canister.slice(0, 80)} is not a principal`;
      return [];
    }
    if (label.length > MOST_LABEL_CHARACTERS) {
      mistakes.canisters = `Line ${index + 1}: the label is longer than ${MOST_LABEL_CHARACTERS} characters`;
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
  const pairs: [string, string][] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const at = line.indexOf('=');
    const name = line.slice(0, Math.max(0, at)).trim();
    if (at < 0 || name === '') {
      mistakes.fields = `Line ${index + 1}: write name=value`;
      return undefined;
    }
    if (pairs.some(([known]) => known === name)) {
      mistakes.fields = `Line ${index + 1}: ${name} is there twice`;
      return undefined;
    }
    pairs.push([name, line.slice(at + 1).trim()]);
  }
  return pairs.length === 0 ? undefined : Object.fromEntries(pairs);
}

function concurrencyOf(text: string, mistakes: FormMistakes): number | undefined {
  if (text.trim() === '') return undefined;
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= MOST_CONCURRENCY) return value;
  mistakes.concurrency = `A whole number from 1 to ${MOST_CONCURRENCY}`;
  return undefined;
}
