// What a worker's own realm loses before it runs its first guest. Glue runs in another realm and is made from
// checked names only; should it ever get hold of an object of this one, there is to be nothing to be got from it.

/** Functions whose constructors make code from text. All of a kind share one. */
const KINDS_OF_FUNCTION = [
  function ordinary() {},
  async function asynchronous() {},
  function* generator() {},
  async function* asynchronousGenerator() {},
];

/** Globals that nothing in a worker uses: those that reach the network, and those that make code. */
const UNUSED_GLOBALS = [
  'BroadcastChannel',
  'EventSource',
  'Function',
  'WebSocket',
  'Worker',
  'eval',
  'fetch',
  'navigator',
  'require',
];

/** What of `process` could reach outside the thread, load code, or tell of the machine and its user. */
const UNUSED_OF_PROCESS = [
  '_debugEnd',
  '_debugProcess',
  '_kill',
  '_linkedBinding',
  '_startProfilerIdleNotifier',
  '_stopProfilerIdleNotifier',
  'abort',
  'argv',
  'binding',
  'chdir',
  'cwd',
  'dlopen',
  'execArgv',
  'execPath',
  'execve',
  'getBuiltinModule',
  'kill',
  'loadEnvFile',
  'mainModule',
  'report',
  'setegid',
  'seteuid',
  'setgid',
  'setgroups',
  'setuid',
  'stdin',
  'title',
];

/** Takes away what can be taken away. For this thread alone; done once. */
export function lockDown(): void {
  for (const kind of KINDS_OF_FUNCTION) {
    Object.defineProperty(Object.getPrototypeOf(kind), 'constructor', { value: undefined });
  }
  for (const name of UNUSED_GLOBALS) Reflect.deleteProperty(globalThis, name);
  for (const name of UNUSED_OF_PROCESS) Reflect.deleteProperty(process, name);
  // Node itself looks into it.
  Object.defineProperty(process, 'env', { value: Object.freeze({}) });
}
