// What the documents tell their readers to do is done, block by block.

import { describe, expect, test } from 'vitest';
import { DocumentSession } from './support/document-session.js';
import { blocksOf, readDocuments } from './support/documents.js';
import { openShop } from './support/shop.js';

/** The documents whose reader has a project; the others' readers have an empty folder. */
const IN_THE_SHOP = ['README.md', 'docs/troubleshooting.md'];

describe.each(readDocuments())('$path', (document) => {
  const blocks = blocksOf(document);

  test('every block of code says how it is tested', () => {
    const without = blocks.filter(({ mark, language }) => mark === undefined && language !== 'text');
    expect(without.map(({ place }) => place)).toEqual([]);
  });

  const marked = blocks.filter(({ mark }) => mark !== undefined && mark.kind !== 'not run');
  test.runIf(marked.length > 0)('what it says to do can be done', { timeout: 120_000 }, async (context) => {
    await using session = await DocumentSession.begin();
    await using _network = IN_THE_SHOP.includes(document.path) ? await openShop(session) : undefined;
    const missing = new Set<string>();
    for (const block of marked) {
      const program = await session.follow(block);
      if (program !== undefined) missing.add(program);
    }
    if (missing.size > 0) await context.annotate(`left out, for want of ${[...missing].join(', ')}`);
  });
});
