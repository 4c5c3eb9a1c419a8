// The renderings that our templates are tested against are what the stock icp-cli makes of them.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { icpCliRunsHere } from '../../scripts/icp-cli.mjs';
import {
  RECORDED_RENDERINGS,
  type RecordedRendering,
} from '../main/project/recipe/support/recorded-renderings.js';
import { runIcpCli } from '../support/icp-cli.js';

const AT_ONCE = 4;

/** What icp-cli renders, or undefined when it refuses. */
async function renderedByIcpCli({ template, configuration, canister }: RecordedRendering) {
  const folder = await mkdtemp(join(tmpdir(), 'recipe-'));
  const lines = configuration === '' ? [] : ['      configuration:', ...indented(configuration)];
  const recipe = ['    recipe:', '      type: file://r.hbs', ...lines];
  await writeFile(join(folder, 'r.hbs'), template);
  await writeFile(
    join(folder, 'icp.yaml'),
    ['canisters:', `  - name: ${canister}`, ...recipe, ''].join('\n'),
  );
  const { stderr } = await runIcpCli(folder, ['--debug', 'project', 'show']);
  await rm(folder, { recursive: true });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it colours its log
  const log = stderr.replaceAll(/\u001b\[[0-9;]*m/g, '');
  return /Rendered recipe template:\n------\n([\s\S]*?)\n------\n/.exec(log)?.[1];
}

function indented(yaml: string): string[] {
  return yaml.split('\n').map((line) => `        ${line}`);
}

test.runIf(icpCliRunsHere)('the recorded renderings are those of icp-cli', { timeout: 120_000 }, async () => {
  const waiting = [...RECORDED_RENDERINGS];
  const wrong: unknown[] = [];
  const work = async (): Promise<void> => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const rendered = await renderedByIcpCli(next);
      if (rendered !== next.rendered) wrong.push({ ...next, now: rendered });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  expect(wrong).toEqual([]);
  expect(RECORDED_RENDERINGS.length).toBeGreaterThan(300);
});
