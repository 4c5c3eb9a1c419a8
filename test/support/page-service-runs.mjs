// The made-up runs of the page's stand-in service: they wait, compute, call and print by a plan that their canister and
// plugin choose, so that every state of the page can be seen.

import { createHash } from 'node:crypto';

/** Something that is refused: becomes a problem document. */
export class Refusal extends Error {
  constructor(status, code, message, hint) {
    super(message);
    Object.assign(this, { status, code, hint });
  }
}

export const FAILING_CANISTER = 'ryjl3-tyaaa-aaaaa-aaaba-cai';
export const HOSTILE_LINES = [
  '<img src=x onerror="document.title=`taken`;alert(1)">',
  '<script>document.title="taken";alert(2)</script>',
  '\u202egnp.exe\u202c <b>bold</b> &amp; "quoted" javascript:alert(3)',
];
const CANISTERS = ['backend', 'frontend', 'ledger', 'archive', 'users', 'assets', 'search', 'metrics'];
const IMPORTS = {
  '0.1.0': [
    'icp:sync-plugin/types@0.1.0',
    'canister-call',
    'wasi:cli/stdout@0.2.6',
    'wasi:filesystem/preopens@0.2.6',
    'wasi:filesystem/types@0.2.6',
    'wasi:io/streams@0.2.6',
  ],
  '0.2.0': [
    'icp:sync-plugin/types@0.2.0',
    'canister-call',
    'canister-metadata-section',
    'wasi:cli/stderr@0.2.6',
    'wasi:cli/stdout@0.2.6',
    'wasi:clocks/wall-clock@0.2.6',
    'wasi:random/random@0.2.6',
  ],
};
const END_STATES = ['succeeded', 'failed', 'cancelled', 'interrupted'];
const hash = (text) => createHash('sha256').update(text).digest('hex');
const iso = (timeMs) => new Date(timeMs).toISOString();
const isEnded = (state) => END_STATES.includes(state);

/** A canister id that looks like one. */
export function canisterId(number) {
  const letters = hash(`canister ${number}`).replace(/[0189]/g, 'x');
  return `${letters.slice(0, 5)}-${letters.slice(5, 10)}-aaaaa-aaaaq-cai`;
}

export class MadeUpRuns {
  tokens = { admin: 'stand-in-admin-token', read: 'stand-in-read-token' };
  #speed;
  #plugins = new Map();
  #batches = new Map();
  #runs = new Map();
  #events = [];
  #followers = new Set();
  #timers = new Set();
  #numbers = 0;
  #pending = [];
  #past = [];

  constructor(speed) {
    this.#speed = speed;
    this.#addPlugin('asset-sync', '0.1.0', 148_113);
    this.#addPlugin('seed-data', '0.2.0', 61_204);
    this.#addPlugin('<b>hostile</b>', '0.2.0', 21_377);
  }

  close() {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  scopesOf(token) {
    if (token === this.tokens.admin) return ['read', 'run', 'admin'];
    return token === this.tokens.read ? ['read'] : undefined;
  }

  /** Runs that ended before the service was looked at, for the totals. */
  addPast(spanMs, count) {
    const now = Date.now();
    for (let index = 0; index < count; index++) {
      const share = index / count;
      const busy = 0.5 + 0.5 * Math.sin(share * 25) + (index % 7) / 14;
      const item = {
        succeeded: Math.round(busy * 40),
        failed: index % 9 === 0 ? 4 : index % 5 === 0 ? 1 : 0,
        cancelled: index % 23 === 0 ? 6 : 0,
        interrupted: index === 30 ? 5 : 0,
      };
      this.#past.push({
        timeMs: now - spanMs * (1 - share),
        ...item,
        computeMs: item.succeeded * 41,
        waitingMs: item.succeeded * 388,
      });
    }
  }

  getSession({ scopes }) {
    const value = {
      token: {
        id: this.#id(1),
        name: scopes.includes('admin') ? 'operator' : 'onlooker',
        createdAt: iso(Date.now() - 864e5),
      },
      scopes,
      identities: [{ name: 'deployer', principal: '2vxsx-fae' }],
      networks: [{ name: 'embedded', url: 'http://127.0.0.1:4943' }],
      canisterLists: [{ name: 'shops', canisters: [...CANISTERS.keys()].map(canisterId) }],
      service: { version: '0.1.0', concurrency: 8, limits: { computeBudgetMs: 60_000, wallTimeMs: null } },
    };
    return { value };
  }

  getTotals({ query }) {
    const fromMs = Date.parse(query.from);
    const spanMs = Math.ceil((Date.now() - fromMs) / Number(query.spans ?? 60) / 1000) * 1000;
    const items = new Map();
    const add = (timeMs, counts) => {
      const from = iso(Math.floor(timeMs / spanMs) * spanMs);
      const item = items.get(from) ?? {
        from,
        succeeded: 0,
        failed: 0,
        cancelled: 0,
        interrupted: 0,
        computeMs: 0,
        waitingMs: 0,
      };
      for (const [name, count] of Object.entries(counts)) if (name in item) item[name] += count;
      items.set(from, item);
    };
    for (const past of this.#past) if (past.timeMs >= fromMs) add(past.timeMs, past);
    for (const { run } of this.#runs.values()) {
      if (isEnded(run.state))
        add(Date.parse(run.endedAt), { [run.state]: 1, computeMs: run.statistics?.computeMs ?? 0 });
    }
    return { value: { spanMs, items: [...items.values()].sort((a, b) => (a.from < b.from ? -1 : 1)) } };
  }

  listPlugins() {
    return { value: { items: [...this.#plugins.values()].sort((a, b) => (a.name < b.name ? -1 : 1)) } };
  }

  inspectPlugin({ params }) {
    const plugin = this.#plugin(params.sha256);
    const imports = IMPORTS[plugin.interfaceVersion];
    return {
      value: {
        plugin,
        runsHere: true,
        interface: `icp:sync-plugin@${plugin.interfaceVersion}`,
        imports,
        exports: ['exec'],
        producers: ['rustc 1.89.0', '<i>a tool</i> 1.0'],
      },
    };
  }

  uploadPlugin({ query, body }) {
    if (body.subarray(0, 4).toString('hex') !== '0061736d') {
      throw new Refusal(
        400,
        'NOT_WASM',
        'the upload is not a WebAssembly file',
        'a plugin is a WebAssembly component, starting with the bytes 00 61 73 6d 0d 00 01 00',
      );
    }
    return { status: 201, value: this.#addPlugin(query.name ?? 'plugin', '0.2.0', body.length, body) };
  }

  changePlugin({ params, body }) {
    const plugin = this.#plugin(params.sha256);
    plugin.enabled = body.enabled;
    return { value: plugin };
  }

  deletePlugin({ params }) {
    const { sha256, name } = this.#plugin(params.sha256);
    if ([...this.#runs.values()].some(({ run }) => run.plugin === sha256)) {
      throw new Refusal(
        409,
        'PLUGIN_IN_USE',
        `the plugin ${name} is in use`,
        'disable it, or wait until its runs are no longer kept',
      );
    }
    this.#plugins.delete(sha256);
    return { status: 204 };
  }

  createBatch({ body }) {
    const { defaults = {}, runs } = body;
    return {
      status: 201,
      value: this.#makeBatch(
        body,
        runs.map((run) => ({ ...defaults, ...run, attempt: 1 })),
      ),
    };
  }

  listBatches({ query }) {
    return { value: page([...this.#batches.values()], query, (batch) => batch) };
  }

  getBatch({ params }) {
    return { value: this.#batch(params.id) };
  }

  cancelBatch({ params }) {
    const batch = this.#batch(params.id);
    for (const entry of this.#runs.values()) if (entry.run.batch === batch.id) this.#cancel(entry);
    return { status: 202, value: batch };
  }

  retryBatch({ params }) {
    const batch = this.#batch(params.id);
    const again = [...this.#runs.values()].filter(
      ({ run }) => run.batch === batch.id && ['failed', 'interrupted'].includes(run.state),
    );
    const wanted = again.map(({ run }) => ({ ...run, attempt: run.attempt + 1, retryOf: run.id }));
    return {
      status: 201,
      value: this.#makeBatch({ name: batch.name, retryOf: batch.id, concurrency: batch.concurrency }, wanted),
    };
  }

  listRuns({ query }) {
    const states = query.state?.split(',');
    const entries = [...this.#runs.values()].filter(
      ({ run }) =>
        (query.batch === undefined || run.batch === query.batch) &&
        (states === undefined || states.includes(run.state)),
    );
    return { value: page(entries, query, ({ run }) => run) };
  }

  getRun({ params }) {
    return { value: this.#run(params.id).run };
  }

  listUpdates({ params }) {
    return { value: { items: this.#run(params.id).updates } };
  }

  listRunEvents({ params, query }) {
    const limit = Number(query.limit ?? 100);
    const items = this.#run(params.id).events.filter(({ sequence }) => sequence > Number(query.after ?? 0));
    const next = items.length > limit ? { next: items[limit - 1].sequence } : {};
    return { value: { items: items.slice(0, limit), ...next } };
  }

  cancelRun({ params }) {
    const entry = this.#run(params.id);
    this.#cancel(entry);
    return { status: 202, value: entry.run };
  }

  retryRun({ params }) {
    const { run } = this.#run(params.id);
    const { batch: _batch, ...step } = run;
    return { status: 201, value: this.#makeRun({ ...step, attempt: run.attempt + 1, retryOf: run.id }).run };
  }

  /** Calls back with events that were, and then as they happen. */
  follow(operation, id, after, tell) {
    const wanted = (event) =>
      operation === 'streamEvents' || (operation === 'streamRunEvents' ? event.run : event.batch) === id;
    const from = after ?? (operation === 'streamEvents' ? this.#events.length : 0);
    const before = this.#events.slice(from).filter(wanted);
    if (before.length > 0) tell(before);
    const follower = (events) => {
      const those = events.filter(wanted);
      if (those.length > 0) tell(those);
    };
    this.#followers.add(follower);
    return () => this.#followers.delete(follower);
  }

  #addPlugin(name, interfaceVersion, sizeBytes, content = name) {
    const plugin = {
      sha256: hash(content),
      name,
      sizeBytes,
      interfaceVersion,
      enabled: true,
      createdAt: iso(Date.now()),
    };
    this.#plugins.set(plugin.sha256, plugin);
    return plugin;
  }

  #makeBatch({ name, retryOf, concurrency = 8 }, wanted) {
    for (const { plugin } of wanted) {
      if (!this.#plugin(plugin).enabled)
        throw new Refusal(409, 'PLUGIN_DISABLED', `the plugin ${plugin} is disabled`, 'enable it first');
    }
    const counts = {
      queued: wanted.length,
      running: 0,
      succeeded: 0,
      failed: 0,
      cancelled: 0,
      interrupted: 0,
    };
    const batch = {
      id: this.#id(),
      ...(name === undefined ? {} : { name }),
      state: 'queued',
      counts,
      concurrency,
      priority: 0,
      ...(retryOf === undefined ? {} : { retryOf }),
      createdAt: iso(Date.now()),
    };
    this.#batches.set(batch.id, batch);
    this.#tell({ type: 'batch-created', batch: batch.id, runs: wanted.length });
    const entries = wanted.map((step) => this.#makeRun({ ...step, batch: batch.id }, 'later'));
    let next = 0;
    const takeNext = () => {
      while (next < entries.length && entries[next].run.state !== 'queued') next += 1;
      const entry = entries[next++];
      if (entry === undefined) this.#endBatch(batch);
      else {
        batch.state = 'running';
        batch.startedAt ??= iso(Date.now());
        this.#start(entry, takeNext);
      }
    };
    for (let place = 0; place < concurrency; place++) this.#later(2, takeNext);
    return batch;
  }

  #endBatch(batch) {
    if (isEnded(batch.state) || batch.counts.queued + batch.counts.running > 0) return;
    batch.state =
      ['failed', 'interrupted', 'cancelled'].find((state) => batch.counts[state] > 0) ?? 'succeeded';
    batch.startedAt ??= iso(Date.now());
    batch.endedAt = iso(Date.now());
    this.#tell({ type: 'batch-finished', batch: batch.id, state: batch.state });
  }

  #makeRun(
    { canister, label, network, identity, environment = 'embedded', plugin, batch, attempt, retryOf },
    when = 'now',
  ) {
    const run = {
      id: this.#id(),
      ...(batch === undefined ? {} : { batch }),
      state: 'queued',
      canister,
      ...(label === undefined ? {} : { label }),
      network,
      identity,
      environment,
      plugin,
      priority: 0,
      attempt,
      ...(retryOf === undefined ? {} : { retryOf }),
      createdAt: iso(Date.now()),
    };
    const entry = { run, updates: [], events: [] };
    this.#runs.set(run.id, entry);
    if (when === 'now') this.#later(300, () => this.#start(entry, () => undefined));
    return entry;
  }

  #start(entry, ended) {
    const { run } = entry;
    entry.ended = ended;
    if (run.state !== 'queued') return ended();
    const of = { run: run.id, ...(run.batch === undefined ? {} : { batch: run.batch }) };
    const seed = parseInt(hash(run.canister).slice(0, 6), 16);
    const fails = run.canister === FAILING_CANISTER || seed % 23 === 0;
    const calls = fails ? 3 : 2 + (seed % 5);
    const hostile = this.#plugins.get(run.plugin)?.name.includes('hostile');
    this.#move(run, 'running');
    run.startedAt = iso(Date.now());
    this.#tell({ type: 'run-started', ...of, canister: run.canister });
    const print = (stream, line) => this.#tell({ type: 'output', ...of, stream, lines: [line] });
    const steps = [[30, () => this.#tell({ type: 'run-computing', ...of })]];
    steps.push([20, () => print('stdout', `syncing ${calls * 12} records to ${run.canister}`)]);
    if (hostile) for (const line of HOSTILE_LINES) steps.push([1, () => print('stderr', line)]);
    for (let call = 1; call <= calls; call++) {
      const query = call === 1;
      const waitMs = query ? 60 : 250 + ((seed * call) % 400);
      const method = query ? 'list_records' : hostile ? '<u>put_records</u>' : 'put_records';
      steps.push([
        30 + ((seed * call) % 60),
        () => {
          if (!query)
            entry.updates.push({
              number: call,
              canister: run.canister,
              method,
              state: 'in-flight',
              requestId: hash(`${run.id}${call}`),
              sentAt: iso(Date.now()),
            });
          this.#tell({
            type: 'call-started',
            ...of,
            call,
            kind: query ? 'query' : 'update',
            method,
            target: run.canister,
          });
        },
      ]);
      steps.push([
        waitMs,
        () => {
          const rejected = fails && call === calls;
          const update = entry.updates.find(({ number }) => number === call);
          if (update)
            Object.assign(update, { state: rejected ? 'rejected' : 'applied', endedAt: iso(Date.now()) });
          this.#tell({
            type: 'call-ended',
            ...of,
            call,
            durationMs: waitMs / this.#speed,
            outcome: rejected ? 'CANISTER_REJECTED' : 'ok',
          });
          if (!query && !rejected) print('stdout', `  stored records ${12 * (call - 1)} to ${12 * call - 1}`);
        },
      ]);
    }
    if (fails) steps.push([10, () => print('stderr', 'the canister refused a record: out of stable memory')]);
    const next = () => {
      const [delayMs, work] = steps.shift() ?? [];
      if (isEnded(run.state)) return;
      if (work === undefined) {
        const message = hostile
          ? `put_records was rejected: ${HOSTILE_LINES[0]}`
          : 'put_records was rejected: out of stable memory at record 24';
        const error = {
          code: 'PLUGIN_FAILED',
          kind: 'plugin',
          message,
          hint: 'the message is the plugin’s own; its log may say more',
          details: { message },
        };
        this.#finish(entry, fails ? 'failed' : 'succeeded', calls, fails ? { error } : {});
        return;
      }
      this.#later(delayMs, () => {
        if (isEnded(run.state)) return;
        work();
        next();
      });
    };
    next();
  }

  #finish(entry, state, hostCalls, more = {}) {
    const { run } = entry;
    const wallMs = run.startedAt === undefined ? 0 : Date.now() - Date.parse(run.startedAt);
    this.#move(run, state);
    run.endedAt = iso(Date.now());
    run.statistics = {
      queuedMs: 12,
      computeMs: wallMs / 8,
      waitingMs: wallMs * 0.8,
      sleepingMs: 0,
      wallMs,
      hostCalls,
      bytesSent: 18_233,
      bytesReceived: 2_104,
      peakMemoryBytes: 1_245_184,
      clock: 'thread-cpu',
    };
    Object.assign(run, more);
    this.#tell({
      type: 'run-finished',
      run: run.id,
      ...(run.batch === undefined ? {} : { batch: run.batch }),
      state,
      statistics: run.statistics,
      ...more,
    });
    const batch = this.#batches.get(run.batch);
    if (batch !== undefined) this.#endBatch(batch);
    entry.ended?.();
  }

  #cancel(entry) {
    if (isEnded(entry.run.state)) return;
    const error = { code: 'CANCELLED', kind: 'user', message: 'the run was cancelled', details: {} };
    this.#finish(entry, 'cancelled', 0, { error });
  }

  #move(run, state) {
    const counts = this.#batches.get(run.batch)?.counts;
    if (counts !== undefined) {
      counts[run.state] -= 1;
      counts[state] += 1;
    }
    run.state = state;
  }

  #tell(event) {
    const told = { sequence: this.#events.length + 1, time: iso(Date.now()), ...event };
    this.#events.push(told);
    this.#runs.get(event.run)?.events.push(told);
    this.#pending.push(told);
    if (this.#pending.length === 1) {
      setImmediate(() => {
        const events = this.#pending;
        this.#pending = [];
        for (const follower of this.#followers) follower(events);
      });
    }
  }

  #later(delayMs, work) {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      work();
    }, delayMs / this.#speed);
    this.#timers.add(timer);
  }

  #id(number) {
    const text = (number ?? ++this.#numbers).toString(16).padStart(12, '0');
    return `01900000-0000-7000-8000-${text}`;
  }

  #plugin(sha256) {
    const plugin = this.#plugins.get(sha256);
    if (plugin === undefined)
      throw new Refusal(
        404,
        'CONTENT_NOT_FOUND',
        `nothing with sha256 ${sha256} is stored here`,
        'upload it first',
      );
    return plugin;
  }

  #batch(id) {
    const batch = this.#batches.get(id);
    if (batch === undefined)
      throw new Refusal(
        404,
        'BATCH_NOT_FOUND',
        `there is no batch ${id}`,
        'batches are kept for a limited time',
      );
    return batch;
  }

  #run(id) {
    const entry = this.#runs.get(id);
    if (entry === undefined)
      throw new Refusal(404, 'RUN_NOT_FOUND', `there is no run ${id}`, 'runs are kept for a limited time');
    return entry;
  }
}

/** The newest first. */
function page(entries, { before, limit = 100 }, shown) {
  const end = before === undefined ? entries.length : Number(before) - 1;
  const first = Math.max(0, end - Number(limit));
  return {
    items: entries.slice(first, end).reverse().map(shown),
    ...(first > 0 ? { next: String(first + 1) } : {}),
  };
}
