import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { LiveRegion } from '#src/main/cli/live-region.js';
import { Stream } from '#src/main/cli/terminal.js';

/** A stream that remembers what is written to it, and may pass for a terminal. */
function recorded(kind: 'file' | 'terminal' | 'colour terminal') {
  const through = new PassThrough({ encoding: 'utf8' });
  const isTTY = kind !== 'file';
  const target = Object.assign(through, { isTTY, columns: 20, hasColors: () => kind === 'colour terminal' });
  const stream = new Stream(target as unknown as NodeJS.WriteStream);
  return { stream, target, text: () => String(through.read() ?? '') };
}

const HOSTILE = 'a\u001b[31mb\u001b]8;;http://x\u0007c\rd\ne\u202ef\u0000g\u009b2Jh';

test('nothing in a text leaves its line or drives the terminal', () => {
  const { stream, text } = recorded('file');
  stream.line(['x ', ['red', HOSTILE]]);
  expect(text()).toBe('x abc d efgh\n');
});

test('looks are for terminals with colours', () => {
  const plain = recorded('terminal');
  plain.stream.line([['red', 'no'], ' yes']);
  expect(plain.text()).toBe('no yes\n');
  const coloured = recorded('colour terminal');
  coloured.stream.line([['red', 'no'], ' yes']);
  expect(coloured.text()).toBe('\u001b[31mno\u001b[39m yes\n');
  coloured.stream.makePlain();
  coloured.stream.line([['red', 'no']]);
  expect(coloured.text()).toBe('no\n');
});

test('a region is for terminals only', () => {
  const file = recorded('file');
  file.stream.beginRegion(LiveRegion, () => ({ lines: ['never'], pace: 'still' }))();
  file.stream.endRegion();
  expect(file.text()).toBe('');
  const plain = recorded('terminal');
  plain.stream.makePlain();
  plain.stream.beginRegion(LiveRegion, () => ({ lines: ['never'], pace: 'still' }))();
  expect(plain.stream.live).toBe(false);
  plain.stream.line('one');
  expect(plain.text()).toBe('one\n');
});

test('lines written while there is a region are written at its end at the latest', () => {
  const { stream, text } = recorded('terminal');
  stream.beginRegion(LiveRegion, () => ({ lines: ['below'], pace: 'still' }));
  stream.line('one');
  stream.endRegion();
  stream.endRegion();
  stream.line('two');
  expect(text()).toBe('one\ntwo\n');
});

test('JSON is one line of printable characters that means the same', () => {
  const { stream, text } = recorded('file');
  const value = { text: HOSTILE, break: '\u2028' };
  stream.json(value);
  const line = text();
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
  expect(line.trimEnd()).not.toMatch(/[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e]/);
  expect(JSON.parse(line)).toEqual(value);
});

test('a reader that goes away is no error', async () => {
  const { stream, target } = recorded('file');
  target.destroy(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
  await new Promise((resolve) => target.once('close', resolve));
  stream.line('more');
  await stream.flush();
});
