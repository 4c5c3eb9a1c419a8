// One run: builds the imports for exactly its grants, makes a fresh instance, calls `exec`. Everything it
// opens it closes; nothing of it is left on the thread afterwards.

import { BlockingRemote, RemoteFault, RunEnded } from '../bridge/blocking-remote.js';
import { type ControlBlock, RunState } from '../bridge/control-block.js';
import { openGrantedDirectory } from '../bridge/directory-walk.js';
import { SandpoolError, type WireError } from '../bridge/errors.js';
import { GROWTH_IMPORT } from '../bridge/growth-import.js';
import type { HostResult } from '../bridge/host-functions.js';
import type { CoreModule, RunTask } from '../bridge/messages.js';
import type { HostCalls, RemoteHost } from './adapters/adapter.js';
import { ADAPTERS } from './adapters/adapters.js';
import { classifyThrown, misbehaved, type RunPhase, trapped } from './faults.js';
import type { GlueRealm, Instantiate, InstantiateCore } from './glue-realm.js';
import { MemoryMeter } from './memory-meter.js';
import { OutputCapture } from './output.js';
import { OutputNotices } from './output-notices.js';
import { CONFINED } from './wasi/context.js';
import type { Preopen, WasiImports } from './wasi/host.js';
import { createWasi } from './wasi/wasi.js';

const LONGEST_WAIT_MS = 2 ** 31 - 1;

/** How a plugin ends that goes on without the memory it was refused. */
const TRAPS: ReadonlySet<string> = new Set(['PLUGIN_TRAPPED', 'PLUGIN_MISBEHAVED']);

/** One run on this thread. Used once. */
export class GuestRun {
  readonly #task: RunTask;
  readonly #control: ControlBlock;
  readonly #realm: GlueRealm;
  readonly #remote: RemoteHost;
  readonly #notices: OutputNotices;
  readonly #meter: MemoryMeter;
  #phase: RunPhase = 'instantiate';
  /** Why the guest was stopped by a host function. Once set it is how the run ended, whatever the guest does. */
  #fault: WireError | undefined;

  constructor(task: RunTask, control: ControlBlock, realm: GlueRealm) {
    this.#task = task;
    this.#control = control;
    this.#realm = realm;
    this.#remote = new BlockingRemote(task.port, control);
    this.#notices = new OutputNotices(task.port);
    this.#meter = new MemoryMeter(task.limits, control);
  }

  /** Runs to the end and says how it ended; `undefined` is ok. Does not throw. */
  execute(instantiate: Instantiate): WireError | undefined {
    const { input, limits, plugin } = this.#task;
    const stdout = this.#capture('stdout');
    const stderr = this.#capture('stderr');
    let wasi: ReturnType<typeof createWasi> | undefined;
    this.#realm.watch({
      onViolation: (reason) => this.#note(misbehaved(reason, this.#phase)),
      onStackExhausted: () => this.#note({ code: 'STACK_EXHAUSTED', details: {} }),
    });
    try {
      wasi = createWasi({
        preopens: this.#openDirectories(),
        stdout,
        stderr,
        limits,
        sleep: (duration) => this.#sleep(duration),
        isConfined: () => this.#realm.isConfined,
        trap: (reason) => this.#stop(trapped(reason, this.#phase)),
        exit: (status) => this.#stop({ code: 'PLUGIN_EXITED', details: { status } }),
      });
      const adapter = ADAPTERS[plugin.interfaceVersion];
      const exports = instantiate(
        (name) => this.#coreModule(name).module,
        { ...wasi.imports, ...this.#worldImports(adapter.imports(this.#hostCalls())) },
        this.#instantiateCore(),
      );
      this.#phase = 'exec';
      (exports['exec'] as (input: unknown) => void)(adapter.toExecInput(input));
      return this.#fault;
    } catch (thrown) {
      return this.#explained(this.#fault ?? classifyThrown(thrown, this.#phase));
    } finally {
      wasi?.close();
      stdout.finish();
      stderr.finish();
      this.#notices.flush();
    }
  }

  #capture(stream: 'stdout' | 'stderr'): OutputCapture {
    return new OutputCapture({
      stream,
      limitBytes: this.#task.limits.outputBytes,
      onLine: (line) => this.#notices.line(stream, line),
    });
  }

  #openDirectories(): Preopen[] {
    const preopens = new Map<string, Preopen>();
    for (const { guestPath, root, path } of this.#task.input.directories ?? []) {
      if (!preopens.has(guestPath))
        preopens.set(guestPath, { guestPath, fd: openGrantedDirectory(root, path) });
    }
    return [...preopens.values()];
  }

  #coreModule(name: string): CoreModule {
    const module = this.#task.plugin.modules.get(name);
    if (module === undefined) throw new SandpoolError('INTERNAL', { reason: `the glue asked for ${name}` });
    return module;
  }

  #instantiateCore(): InstantiateCore {
    const claims = new Map(
      Array.from(this.#task.plugin.modules.values(), (core) => [core.module, core.claims]),
    );
    const growth = { [GROWTH_IMPORT.module]: { [GROWTH_IMPORT.name]: this.#meter.grow } };
    return (module, imports) => {
      const claimed = claims.get(module);
      if (claimed === undefined)
        throw new SandpoolError('INTERNAL', { reason: 'the glue has a module of its own' });
      this.#meter.claim(claimed);
      return this.#realm.instantiateCore(module, { ...imports, ...growth });
    };
  }

  /** A plugin whose growth was refused traps because of that. */
  #explained(fault: WireError): WireError {
    return TRAPS.has(fault.code) ? (this.#meter.refusal ?? fault) : fault;
  }

  #worldImports(functions: Readonly<Record<string, (request: never) => HostResult<unknown>>>): WasiImports {
    const guarded = Object.entries(functions).map(
      ([name, call]) => [name, { default: (request: never) => this.#guard(() => call(request)) }] as const,
    );
    return Object.fromEntries(guarded);
  }

  #hostCalls(): HostCalls {
    return {
      canisterCall: (request) => {
        const { arg, method } = request;
        const refusal = this.#overLimit('canister call failed', arg.byteLength + Buffer.byteLength(method));
        if (refusal !== undefined) return refusal;
        this.#beforeCall();
        // What the glue hands over lies in the guest's memory.
        const moved = arg.slice();
        return this.#remote.call('canisterCall', [{ ...request, arg: moved }], [moved.buffer]);
      },
      canisterMetadataSection: (request) => {
        const refusal = this.#overLimit('metadata read failed', Buffer.byteLength(request.name));
        if (refusal !== undefined) return refusal;
        this.#beforeCall();
        return this.#remote.call('canisterMetadataSection', [request]);
      },
    };
  }

  /** What the plugin is told when a request is too large to leave its thread. */
  #overLimit(prefix: string, bytes: number): HostResult<never> | undefined {
    const { argumentBytes } = this.#task.limits;
    if (bytes <= argumentBytes) return undefined;
    return {
      tag: 'err',
      val: `${prefix}: the request has ${bytes} bytes, over the limit of ${argumentBytes}`,
    };
  }

  #beforeCall(): void {
    this.#notices.flush();
  }

  /** Host code runs on the guest's stack and at its bidding: whatever it throws ends the guest, with a reason of ours. */
  #guard<Result>(call: () => Result): Result {
    if (this.#realm.isConfined) return this.#stop(trapped(CONFINED, this.#phase));
    try {
      return call();
    } catch (thrown) {
      if (thrown instanceof RunEnded) return this.#stop({ code: 'CANCELLED', details: {} });
      if (thrown instanceof RemoteFault)
        return this.#stop({ code: 'INTERNAL', details: { reason: thrown.message } });
      return this.#stop(classifyThrown(thrown, this.#phase));
    }
  }

  #sleep(durationNanoseconds: bigint): void {
    this.#notices.flush();
    const until = process.hrtime.bigint() + durationNanoseconds;
    this.#control.during(RunState.sleeping, () => {
      for (;;) {
        const seen = this.#control.repliesSeen();
        const leftMs = Number(until - process.hrtime.bigint()) / 1e6;
        if (leftMs <= 0 || this.#control.expired) return;
        this.#control.waitForReply(seen, Math.min(leftMs, LONGEST_WAIT_MS));
      }
    });
    if (this.#control.expired) this.#stop({ code: 'CANCELLED', details: {} });
  }

  #stop(fault: WireError): never {
    this.#note(fault);
    return this.#realm.trap();
  }

  #note(fault: WireError): void {
    this.#fault ??= fault;
  }
}
