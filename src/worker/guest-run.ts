// One run: builds the imports for exactly its grants, makes a fresh instance, calls `exec`. Everything it
// opens it closes; nothing of it is left on the thread afterwards.

import { BlockingRemote, RemoteFault, RunEnded } from '../bridge/blocking-remote.js';
import { type ControlBlock, RunState } from '../bridge/control-block.js';
import { openGrantedDirectory } from '../bridge/directory-walk.js';
import { SandpoolError, type WireError } from '../bridge/errors.js';
import type { HostResult } from '../bridge/host-functions.js';
import type { RunTask } from '../bridge/messages.js';
import type { HostCalls, RemoteHost } from './adapters/adapter.js';
import { ADAPTERS } from './adapters/adapters.js';
import { classifyThrown, type RunPhase } from './faults.js';
import type { GlueRealm, Instantiate } from './glue-realm.js';
import { LinearMemories } from './linear-memories.js';
import { OutputCapture } from './output.js';
import { OutputNotices } from './output-notices.js';
import type { Preopen, WasiImports } from './wasi/host.js';
import { createWasi } from './wasi/wasi.js';

const LONGEST_WAIT_MS = 2 ** 31 - 1;

/** One run on this thread. Used once. */
export class GuestRun {
  readonly memories = new LinearMemories();
  readonly #task: RunTask;
  readonly #control: ControlBlock;
  readonly #realm: GlueRealm;
  readonly #remote: RemoteHost;
  readonly #notices: OutputNotices;
  /** Why the guest was stopped by a host function. Once set it is how the run ended, whatever the guest does. */
  #fault: WireError | undefined;

  constructor(task: RunTask, control: ControlBlock, realm: GlueRealm) {
    this.#task = task;
    this.#control = control;
    this.#realm = realm;
    this.#remote = new BlockingRemote(task.port, control);
    this.#notices = new OutputNotices(task.port);
  }

  /** Runs to the end and says how it ended; `undefined` is ok. Does not throw. */
  execute(instantiate: Instantiate): WireError | undefined {
    const { input, limits, plugin } = this.#task;
    const stdout = this.#capture('stdout');
    const stderr = this.#capture('stderr');
    let wasi: ReturnType<typeof createWasi> | undefined;
    let phase: RunPhase = 'instantiate';
    try {
      wasi = createWasi({
        preopens: this.#openDirectories(),
        stdout,
        stderr,
        limits,
        sleep: (duration) => this.#sleep(duration),
        trap: (message) => this.#realm.trap(message),
        exit: (status) => this.#stop({ code: 'PLUGIN_EXITED', details: { status } }),
      });
      const adapter = ADAPTERS[plugin.interfaceVersion];
      const exports = instantiate(
        (name) => this.#coreModule(name),
        { ...wasi.imports, ...this.#worldImports(adapter.imports(this.#hostCalls())) },
        (module, imports) => this.memories.track(this.#realm.instantiateCore(module, imports)),
      );
      phase = 'exec';
      (exports['exec'] as (input: unknown) => void)(adapter.toExecInput(input));
      return this.#fault;
    } catch (thrown) {
      return this.#fault ?? classifyThrown(thrown, phase, limits);
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

  #coreModule(name: string): WebAssembly.Module {
    const module = this.#task.plugin.modules.get(name);
    if (module === undefined) throw new SandpoolError('INTERNAL', { reason: `the glue asked for ${name}` });
    return module;
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
        return this.#remote.call('canisterCall', [request], [arg.buffer as ArrayBuffer]);
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
    this.#control.memoryBytes = this.memories.bytes;
  }

  /** Host code runs on the guest's stack and at its bidding: whatever it throws ends the guest, with a reason of ours. */
  #guard<Result>(call: () => Result): Result {
    try {
      return call();
    } catch (thrown) {
      if (thrown instanceof RunEnded) return this.#stop({ code: 'CANCELLED', details: {} });
      if (thrown instanceof RemoteFault)
        return this.#stop({ code: 'INTERNAL', details: { reason: thrown.message } });
      return this.#stop(classifyThrown(thrown, 'exec', this.#task.limits));
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
    this.#fault ??= fault;
    return this.#realm.trap('the run was stopped');
  }
}
