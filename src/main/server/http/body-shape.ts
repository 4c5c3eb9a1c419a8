// Whether a body is of a shape that any schema here has use for. Checking by a schema, and saying what is wrong, goes
// through all there is: a body with a million members would have everybody wait for seconds.

/** The most that a schema takes in one list or map. */
const MOST_MEMBERS = 10_000;
/** A batch has its runs' fields at the fourth level. */
const MOST_LEVELS = 8;

/** What is too much about a parsed body, in words; undefined when nothing is. */
export function excessOf(body: unknown): string | undefined {
  let level: unknown[] = [body];
  for (let depth = 0; level.length > 0; depth += 1) {
    const next: unknown[] = [];
    for (const value of level) {
      if (typeof value !== 'object' || value === null) continue;
      if (depth === MOST_LEVELS) return `has more than ${MOST_LEVELS} levels`;
      const members: unknown[] = Array.isArray(value) ? value : Object.values(value);
      if (members.length > MOST_MEMBERS) return `has more than ${MOST_MEMBERS} members in one place`;
      for (const member of members) if (typeof member === 'object' && member !== null) next.push(member);
    }
    level = next;
  }
  return undefined;
}
