// What the documents say, held against the program: codes, options, variables and links.

import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ERRORS } from '#src/bridge/errors.js';
import {
  httpFailureText,
  notPermittedText,
  PLUGIN_TEXTS,
  rejectionText,
  transportFailureText,
} from '#src/main/canister/plugin-text.js';
import { BIN } from './main/cli/command-line.js';
import {
  anchorsOf,
  blocksOf,
  codeWordsOf,
  type Document,
  proseOf,
  ROOT,
  readDocuments,
} from './support/documents.js';

const documents = readDocuments();
const COMMANDS = [
  '',
  'sync',
  'run',
  'inspect',
  'localnet',
  'cache',
  'cache ls',
  'cache prune',
  'token',
  'serve',
  'token create',
  'token list',
  'token revoke',
];

const helps = new Map(
  COMMANDS.map((command) => {
    const words = [BIN, ...command.split(' ').filter(Boolean), '--help'];
    return [command, spawnSync(process.execPath, words, { encoding: 'utf8' }).stdout];
  }),
);

/** The long options in a help. */
function optionsIn(help: string): string[] {
  return [...help.matchAll(/^ +(?:-\w, )?(--[a-z-]+)/gm)].map(([, option]) => option ?? '');
}

function documentAt(path: string): Document {
  const found = documents.find((document) => document.path === path);
  if (found === undefined) throw new Error(`there is no ${path}`);
  return found;
}

/** All source text of the program. */
function sourceText(folder = join(ROOT, 'src')): string {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => path.endsWith('.ts') && statSync(path).isFile())
    .map((path) => readFileSync(path, 'utf8'))
    .join('\n');
}

test('docs/commands.md is what the commands print; `npx vitest run test/documents.test.ts -u` writes it', async () => {
  const parts = [...helps].map(([command, help]) => {
    const name = `sandpool ${command}`.trim();
    return `## ${name}\n\n\`\`\`text\n${help.trimEnd()}\n\`\`\`\n`;
  });
  const text = `# Commands\n\nWhat \`--help\` prints for each command. A test holds this page against the program.\n\n${parts.join('\n')}`;
  await expect(text).toMatchFileSnapshot('../docs/commands.md');
});

describe('docs/troubleshooting.md', () => {
  const headings = [...documentAt('docs/troubleshooting.md').text.matchAll(/^### (.+)\n\n(.*)/gm)];
  const entries = headings.map(([, code = '', text = '']) => [
    code,
    Number(/^Exit code (\d+)\. ./.exec(text)?.[1]),
  ]);

  test('has every code once, with its exit code, and no other', () => {
    const table = Object.entries(ERRORS).map(([code, { exitCode }]) => [code, exitCode]);
    expect(entries.toSorted()).toEqual(table.toSorted());
  });

  test('has the statuses of the table where it has any', () => {
    const given = headings.flatMap(([, code = '', text = '']) => {
      const status = /^Exit code \d+\. Status (\d+)\. ./.exec(text)?.[1];
      return status === undefined ? [] : [[code, Number(status)]];
    });
    const table = Object.entries(ERRORS).map(([code, { httpStatus }]) => [code, httpStatus]);
    expect(given.length).toBeGreaterThan(30);
    expect(table).toEqual(expect.arrayContaining(given));
  });
});

describe.each(documents)('$path', (document) => {
  test('names no code that there is not', () => {
    const named = codeWordsOf(document).filter((word) => /^[A-Z]+(?:_[A-Z]+)+$/.test(word));
    const others = /^(?:ICP|SANDPOOL|XDG|HTTPS?)_|^RUST_BACKTRACE$/;
    expect(named.filter((word) => !Object.hasOwn(ERRORS, word) && !others.test(word))).toEqual([]);
  });

  test('names no variable that the program does not read', () => {
    const named = document.text.match(/\b(?:SANDPOOL|ICP)_[A-Z_]+/g) ?? [];
    const source = sourceText();
    expect(named.filter((name) => !source.includes(name))).toEqual([]);
  });

  test('names no option that there is not', () => {
    const known = new Set([...helps.values()].flatMap(optionsIn));
    const inWords = codeWordsOf(document).flatMap((words) => {
      if (/^--[a-z]/.test(words)) return words.split(' ').slice(0, 1);
      return words.startsWith('sandpool ') ? (words.match(/(?<= )--[a-z-]+/g) ?? []) : [];
    });
    const inBlocks = blocksOf(document)
      .flatMap(({ code }) => code.split('\n'))
      .filter((line) => line.startsWith('sandpool '))
      .flatMap((line) => line.replace(/#.*/, '').match(/(?<= )--[a-z-]+/g) ?? []);
    expect([...inWords, ...inBlocks].filter((option) => !known.has(option))).toEqual([]);
  });

  test('has no link that leads nowhere', () => {
    const links = [...proseOf(document).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link ?? '');
    const broken = links.filter((link) => {
      if (/^https:/.test(link)) return false;
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? document.path : normalize(join(dirname(document.path), path));
      if (!existsSync(join(ROOT, target))) return true;
      return anchor !== undefined && !anchorsOf(documentAt(target)).has(anchor);
    });
    expect(broken).toEqual([]);
  });
});

test('docs/writing-plugins.md has the texts that plugins see', () => {
  const { text } = documentAt('docs/writing-plugins.md');
  const shown = [
    notPermittedText('NAME'),
    rejectionText({ code: 5, message: 'MESSAGE', errorCode: 'IC0503' }),
    httpFailureText({ status: 503, contentType: 'text/plain', content: Buffer.from('BODY') }),
    transportFailureText('URL'),
    PLUGIN_TEXTS.certificateInvalid,
  ];
  expect(shown.filter((part) => !text.includes(part))).toEqual([]);
});

test('every option of `sandpool sync` is spoken of outside the list of commands', () => {
  const others = documents.filter(({ path }) => path !== 'docs/commands.md');
  const text = others.map((document) => document.text).join('\n');
  const unsaid = optionsIn(helps.get('sync') ?? '').filter((option) => !text.includes(option));
  // It is always called `-e`.
  expect(unsaid).toEqual(['--environment']);
});
