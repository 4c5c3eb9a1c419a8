import { describe, expect, test } from 'vitest';
import { OutputCapture } from '#src/worker/output.js';

type Piece = string | readonly number[];

function capture(pieces: readonly Piece[], limitBytes?: number): string[] {
  const lines: string[] = [];
  const output = new OutputCapture({
    stream: 'stdout',
    onLine: (line) => lines.push(line),
    ...(limitBytes === undefined ? {} : { limitBytes }),
  });
  for (const piece of pieces) output.write(Buffer.from(piece as string));
  output.finish();
  return lines;
}

/** The same bytes, one at a time. */
function inBytes(pieces: readonly Piece[]): Piece[] {
  return [...Buffer.concat(pieces.map((piece) => Buffer.from(piece as string)))].map((byte) => [byte]);
}

describe.each<[string, Piece[], string[]]>([
  ['nothing', [], []],
  ['a line', ['one\n'], ['one']],
  ['a line without an end', ['one'], ['one']],
  ['lines', ['one\ntwo\n', 'three'], ['one', 'two', 'three']],
  ['empty lines', ['\n\none\n\n'], ['', '', 'one', '']],
  ['a line in pieces', ['o', 'n', 'e\nt', 'wo\n'], ['one', 'two']],
  ['line ends of Windows', ['one\r\ntwo\r', '\n\r\nthree'], ['one', 'two', '', 'three']],
  ['a progress bar', ['\r10%\r20%', '\r30%\n'], ['10%', '20%', '30%']],
  ['carriage returns alone', ['\r\r\r'], []],
  [
    'a character in two writes',
    [
      [0xe2, 0x82],
      [0xac, 0x0a],
    ],
    ['€'],
  ],
  ['bytes that are not UTF-8', [[0x61, 0xff, 0x62, 0xc3, 0x0a]], ['a\ufffdb\ufffd']],
  ['a character cut off by the end', [[0x61, 0xe2, 0x82]], ['a\ufffd']],
  ['a tab', ['a\tb\n'], ['a\tb']],
  ['colours', ['\u001b[31mred\u001b[0m and \u009b1mbold\n'], ['red and bold']],
  ['a link', ['\u001b]8;;http://example.org\u001b\\text\u001b]8;;\u0007\n'], ['text']],
  ['a title', ['\u001b]0;title\u0007text\u009d0;title\u009c\n'], ['text']],
  ['a lone escape', ['a\u001b', 'b\u001b\n'], ['ab']],
  ['controls', ['a\u0000\u0007\u0008\u000b\u000c\u007f\u0085\u009fb\n'], ['ab']],
  ['marks of direction', ['a\u202e\u2066\u200e\u200f\u061c\u2069b\n'], ['ab']],
  ['separators that some take for line breaks', ['a\u2028b\u2029c\n'], ['a b c']],
  ['names of other scripts', ['日本 עברית é 👩‍🚀\n'], ['日本 עברית é 👩‍🚀']],
])('%s', (_, pieces, lines) => {
  test('comes out clean', () => {
    expect(capture(pieces)).toEqual(lines);
  });

  test('comes out the same when written byte by byte', () => {
    expect(capture(inBytes(pieces))).toEqual(lines);
  });
});

test('a line is given out as soon as it ends', () => {
  const lines: string[] = [];
  const output = new OutputCapture({ stream: 'stderr', onLine: (line) => lines.push(line) });
  output.write(Buffer.from('one\ntw'));
  expect(lines).toEqual(['one']);
  output.write(Buffer.from('o\n'));
  expect(lines).toEqual(['one', 'two']);
});

describe('a long line', () => {
  test('comes in pieces, of which nothing is lost', () => {
    const text = 'x'.repeat(100_000);
    const lines = capture([text, '\nnext\n']);
    expect(lines.at(-1)).toBe('next');
    expect(lines.slice(0, -1).join('')).toBe(text);
    expect(Math.max(...lines.map((line) => line.length))).toBe(8192);
  });

  test.each([0, 1, 2, 3, 4])('is not cut inside a character, %i bytes in', (offset) => {
    for (const character of ['é', '€', '👩']) {
      const text = `${'x'.repeat(offset)}${character.repeat(10_000)}`;
      expect(capture([text]).join('')).toBe(text);
    }
  });

  test('that fills a piece exactly makes no empty line', () => {
    expect(capture([`${'x'.repeat(8192)}\ny\n\n`])).toEqual(['x'.repeat(8192), 'y', '']);
  });

  test('of bytes that are never characters comes to an end', () => {
    expect(capture([Buffer.alloc(20_000, 0x80) as unknown as Piece]).join('')).toBe('\ufffd'.repeat(20_000));
    expect(capture([Buffer.alloc(20_000, 0xf0) as unknown as Piece]).join('')).toBe('\ufffd'.repeat(20_000));
  });
});

describe('the cap', () => {
  test('what is over it is dropped, counted and noted once', () => {
    const lines = capture(['12345\n', '67890\n', 'more\n'], 8);
    expect(lines).toEqual(['12345', '67', '[stdout truncated: 9 bytes dropped]']);
  });

  test('nothing is noted when it was just reached', () => {
    expect(capture(['12345\n'], 6)).toEqual(['12345']);
  });

  test('is 1 MiB by default', () => {
    const lines = capture([`${'x'.repeat(1023)}\n`.repeat(1024), 'over']);
    expect(lines).toHaveLength(1025);
    expect(lines.at(-1)).toBe('[stdout truncated: 4 bytes dropped]');
  });

  test('what is written after the end is ignored, and the end comes once', () => {
    const lines: string[] = [];
    const output = new OutputCapture({ stream: 'stderr', limitBytes: 3, onLine: (line) => lines.push(line) });
    output.write(Buffer.from('12345'));
    output.finish();
    output.write(Buffer.from('late\n'));
    output.finish();
    expect(lines).toEqual(['123', '[stderr truncated: 2 bytes dropped]']);
  });
});

test('millions of writes of one byte are cheap', () => {
  const lines: string[] = [];
  const output = new OutputCapture({ stream: 'stdout', onLine: (line) => lines.push(line) });
  const byte = Buffer.from('x');
  const before = performance.now();
  for (let count = 0; count < 3_000_000; count += 1) output.write(byte);
  output.finish();
  expect(performance.now() - before).toBeLessThan(5000);
  expect(output.droppedBytes).toBe(3_000_000 - 1024 * 1024);
});
