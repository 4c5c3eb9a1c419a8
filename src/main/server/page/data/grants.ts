// What an import of a plugin lets it do, in words. The service grants by name; this only explains.

/** What is said of the imports whose names begin so, those that reach the furthest first. The first that fits counts. */
const GRANTS: readonly (readonly [prefix: string, meaning: string])[] = [
  ['canister-call', 'call its canister, and others that its run names'],
  ['canister-metadata-section', 'read metadata sections of its canister'],
  ['wasi:filesystem/', 'read the directories and files that its run declares; write none'],
  ['wasi:sockets/', 'none: it links, and every use is refused'],
  ['wasi:random/', 'random numbers'],
  ['wasi:clocks/', 'the time'],
  ['wasi:io/', 'streams and waiting, for the others'],
  ['wasi:cli/stdin', 'read its standard input; it is empty'],
  ['wasi:cli/std', 'print to its log'],
  ['wasi:cli/terminal', 'ask for a terminal; there is none'],
  ['wasi:cli/environment', 'read variables and arguments; there are none'],
  ['wasi:cli/exit', 'end itself'],
  ['icp:sync-plugin/types', 'the types of the plugin interface; nothing by itself'],
];

/** What `name` is for; undefined when it is not one that a sync plugin is granted. */
export function grantOf(name: string): string | undefined {
  return GRANTS.find(([prefix]) => name.startsWith(prefix))?.[1];
}

/** Imports in the order in which they matter: what is not granted, then what reaches the furthest. */
export function byReach(imports: readonly string[]): string[] {
  const rank = (name: string): number => GRANTS.findIndex(([prefix]) => name.startsWith(prefix));
  return imports.toSorted((a, b) => rank(a) - rank(b));
}
