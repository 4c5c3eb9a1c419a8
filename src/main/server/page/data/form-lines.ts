// What is written into a field of a form a line each: lists, and pairs of `name=value`.

/** What came of the lines, or what is wrong with them. */
export type LinesOutcome<Value> =
  | { readonly value: Value; readonly mistake?: never }
  | { readonly mistake: string; readonly value?: never };

/** The lines that say something, with their numbers from 1. */
export function linesOf(text: string): { readonly number: number; readonly text: string }[] {
  return text
    .split('\n')
    .map((line, index) => ({ number: index + 1, text: line.trim() }))
    .filter((line) => line.text !== '');
}

/** `name=value` a line, each name once. @param form what a line must be, as a mistake puts it */
export function pairsOf(text: string, form = 'name=value'): LinesOutcome<Record<string, string>> {
  const pairs = new Map<string, string>();
  for (const { number, text: line } of linesOf(text)) {
    const at = line.indexOf('=');
    const name = line.slice(0, Math.max(0, at)).trim();
    if (at < 0 || name === '') return { mistake: `Line ${number}: write ${form}` };
    if (pairs.has(name)) return { mistake: `Line ${number}: ${name} is there twice` };
    pairs.set(name, line.slice(at + 1).trim());
  }
  return { value: Object.fromEntries(pairs) };
}
