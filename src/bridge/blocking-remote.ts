// The worker's half of a host call: comlink's wire format, spoken synchronously. The caller posts an APPLY,
// sleeps on the control block, and takes the reply off the port itself. Nothing here needs the worker's
// event loop, and nothing is kept from one call to the next, so a guest may run for hours.

import { type MessagePort, receiveMessageOnPort, type Transferable } from 'node:worker_threads';
import { type ControlBlock, RunState } from './control-block.js';
import { isObject } from './is-object.js';

/** The names of the async methods of `Api`. */
export type MethodName<Api> = {
  [Name in keyof Api]: Api[Name] extends (...args: never[]) => Promise<unknown> ? Name : never;
}[keyof Api] &
  string;

type Method<Api, Name extends MethodName<Api>> = Extract<Api[Name], (...args: never[]) => Promise<unknown>>;

/** The run was ended from outside while it waited: nothing of the guest may run on. */
export class RunEnded extends Error {
  override readonly name = 'RunEnded';
  constructor() {
    super('the run has been ended');
  }
}

/** The main thread answered with something that is not a reply, or its method threw: a defect, not a guest's doing. */
export class RemoteFault extends Error {
  override readonly name = 'RemoteFault';
}

/**
 * Calls the async methods of an object that main has exposed on the other end of `port`, blocking the thread.
 * Generic over that object's type: a further host function is one more method of it.
 *
 * @example
 * ```ts
 * const host = new BlockingRemote<HostFunctions>(task.port, control);
 * const reply = host.call('canisterCall', [request], [request.arg.buffer]);
 * ```
 */
export class BlockingRemote<Api> {
  readonly #port: MessagePort;
  readonly #control: ControlBlock;
  #calls = 0;

  constructor(port: MessagePort, control: ControlBlock) {
    this.#port = port;
    this.#control = control;
  }

  /**
   * Calls `method` and blocks until its promise has settled on the main thread.
   * @param transfer buffers that are moved, not copied; they are empty afterwards
   * @throws RunEnded when the run expires while waiting
   * @throws RemoteFault when the method rejects, or its reply makes no sense
   */
  call<Name extends MethodName<Api>>(
    method: Name,
    args: Parameters<Method<Api, Name>>,
    transfer: readonly Transferable[] = [],
  ): Awaited<ReturnType<Method<Api, Name>>> {
    const id = `${++this.#calls}`;
    const argumentList = args.map((value) => ({ type: 'RAW', value }));
    // Waiting begins with the post: main may answer, and look, before the next line here.
    const reply = this.#control.during(RunState.waiting, () => {
      this.#port.postMessage({ id, type: 'APPLY', path: [method], argumentList }, transfer);
      return this.#take(id);
    });
    return readReply(reply) as Awaited<ReturnType<Method<Api, Name>>>;
  }

  #take(id: string): unknown {
    for (;;) {
      // The count is read before the port is looked at, so a reply that arrives in between is not slept through.
      const seen = this.#control.repliesSeen();
      if (this.#control.expired) throw new RunEnded();
      const message: unknown = receiveMessageOnPort(this.#port)?.message;
      if (message === undefined) this.#control.waitForReply(seen);
      else if (isObject(message) && message['id'] === id) return message;
    }
  }
}

function readReply(reply: unknown): unknown {
  if (isObject(reply)) {
    if (reply['type'] === 'RAW') return reply['value'];
    const thrown = reply['value'];
    if (reply['type'] === 'HANDLER' && reply['name'] === 'throw' && isObject(thrown)) {
      const value = thrown['value'];
      throw new RemoteFault(
        isObject(value) && typeof value['message'] === 'string' ? value['message'] : String(value),
      );
    }
  }
  throw new RemoteFault('a reply was not of the form that comlink sends');
}
