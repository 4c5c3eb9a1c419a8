// Where a text stops being JSON: the platform's parser knows, but does not always say, and may repeat the text.

type Expected = 'value' | 'value or end' | 'key' | 'key or end' | 'colon' | 'comma or end' | 'nothing';

const SPACE = /[ \t\n\r]*/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what JSON does not allow in a string
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const PLAIN = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?|true|false|null/y;

/** @returns the offset of the first character that cannot be there, if there is one; the length when the end is missing */
export function jsonMistake(text: string): number | undefined {
  const open: ('{' | '[')[] = [];
  let at = 0;
  let expected: Expected = 'value';
  const take = (pattern: RegExp): boolean => {
    pattern.lastIndex = at;
    const found = pattern.test(text);
    if (found) at = pattern.lastIndex;
    return found;
  };
  const afterValue = (): Expected => (open.length === 0 ? 'nothing' : 'comma or end');
  for (;;) {
    take(SPACE);
    const character = text[at];
    if (expected === 'nothing') return character === undefined ? undefined : at;
    const isEnd = expected.endsWith('or end') && character === (open.at(-1) === '{' ? '}' : ']');
    if (isEnd) {
      open.pop();
      at += 1;
      expected = afterValue();
    } else if (expected === 'colon' || expected === 'comma or end') {
      if (character !== (expected === 'colon' ? ':' : ',')) return at;
      at += 1;
      expected = expected === 'comma or end' && open.at(-1) === '{' ? 'key' : 'value';
    } else if (expected === 'key' || expected === 'key or end') {
      if (!take(STRING)) return at;
      expected = 'colon';
    } else if (character === '{' || character === '[') {
      open.push(character);
      at += 1;
      expected = character === '{' ? 'key or end' : 'value or end';
    } else {
      if (!take(STRING) && !take(PLAIN)) return at;
      expected = afterValue();
    }
  }
}
