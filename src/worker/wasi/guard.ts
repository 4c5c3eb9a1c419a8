// The one place where host functions meet the guest: whatever goes wrong inside them, what comes out is an
// answer, the end of the run as its host decided it, or a trap whose text says nothing of the host.

import { STACK_EXHAUSTED } from '../faults.js';
import type { WasiContext } from './context.js';

type HostFunction = (this: unknown, ...values: never[]) => unknown;

// Glue that runs in a realm without `Symbol.dispose` looks for this one instead.
const REGISTERED_DISPOSE = Symbol.for('dispose');
// Where glue looks for the number of a resource that its host numbers.
const RESOURCE_NUMBER = Symbol.for('cabiRep');
const DROPPED = 0;

function fail(context: WasiContext, name: string, thrown: unknown): never {
  if (context.isEnding(thrown)) throw thrown;
  if (thrown instanceof RangeError && thrown.message.includes('call stack')) {
    return context.trap(`${STACK_EXHAUSTED} in ${name}`);
  }
  const kind = thrown instanceof Error ? thrown.name : typeof thrown;
  return context.trap(`the host failed in ${name} (${kind})`);
}

function guarded(
  context: WasiContext,
  name: string,
  action: HostFunction,
  receiver: unknown,
  values: never[],
): unknown {
  context.checkRunning();
  try {
    return action.apply(receiver, values);
  } catch (thrown) {
    return fail(context, name, thrown);
  }
}

/**
 * The same functions, out of which only their answer, the run's end or a trap can come.
 *
 * @param name the interface, for the text of a trap.
 */
export function guardInterface<Interface extends object>(
  context: WasiContext,
  name: string,
  functions: Interface,
): Interface {
  const entries = Object.entries(functions).map(([key, value]) => {
    const label = `${name}.${key}`;
    return [key, (...values: never[]) => guarded(context, label, value as HostFunction, undefined, values)];
  });
  return Object.freeze(Object.fromEntries(entries) as Interface);
}

/** The numbers by which glue keeps resources of one class. */
class ResourceNumbers {
  readonly #free: number[] = [];
  #last = 0;

  take(): number {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    this.#last += 1;
    return this.#last;
  }

  giveBack(number: number): void {
    this.#free.push(number);
  }
}

/** What the prototype of a class holds for the run it belongs to. */
interface RunState {
  readonly context: WasiContext;
  readonly numbers: ResourceNumbers;
}
const RUN = Symbol('run');

type ResourceClass = new (...values: never[]) => object;

/**
 * A subclass with every method guarded, to be made once and then given to each run with {@link classForRun}. A
 * method called on anything that was not made with `new`, as glue does for a handle that the guest made up, or
 * that was dropped, is a trap. Only the first drop reaches the class.
 *
 * @param name the interface and resource, for the text of a trap.
 */
export function guardClass<Class extends ResourceClass>(name: string, base: Class): Class {
  const Guarded = class extends (base as unknown as new (...values: unknown[]) => object) {
    declare readonly [RUN]: RunState;
    #number: number;

    constructor(...values: unknown[]) {
      super(...values);
      this.#number = this[RUN].numbers.take();
      // Glue numbers resources by itself otherwise, never takes a number back, and remembers each it ever gave.
      Object.defineProperty(this, RESOURCE_NUMBER, { value: this.#number });
    }

    static stateOf(value: object): 'held' | 'dropped' | 'made up' {
      if (!(#number in value)) return 'made up';
      return value.#number === DROPPED ? 'dropped' : 'held';
    }

    drop(): void {
      this[RUN].numbers.giveBack(this.#number);
      this.#number = DROPPED;
    }
  };
  const { drop } = Guarded.prototype;
  for (const key of Reflect.ownKeys(base.prototype as object)) {
    const method: unknown = (base.prototype as Record<PropertyKey, unknown>)[key];
    if (key === 'constructor' || typeof method !== 'function') continue;
    const isDrop = key === Symbol.dispose;
    const label = `${name}.${isDrop ? 'drop' : String(key)}`;
    const value = function (this: InstanceType<typeof Guarded>, ...values: never[]): unknown {
      const { context } = this[RUN];
      const state = Guarded.stateOf(this);
      if (isDrop && state === 'dropped') return undefined;
      if (state !== 'held') return context.trap(`${label} called on an unknown handle`);
      if (isDrop) drop.call(this);
      return guarded(context, label, method as HostFunction, this, values);
    };
    Object.defineProperty(Guarded.prototype, key, { value });
    if (isDrop) Object.defineProperty(Guarded.prototype, REGISTERED_DISPOSE, { value });
  }
  return Guarded as unknown as Class;
}

/** A class of {@link guardClass}, for one run. */
export function classForRun<Class extends ResourceClass>(context: WasiContext, guardedClass: Class): Class {
  const ForRun = class extends (guardedClass as unknown as new (...values: unknown[]) => object) {};
  const value: RunState = { context, numbers: new ResourceNumbers() };
  Object.defineProperty(ForRun.prototype, RUN, { value });
  return ForRun as unknown as Class;
}
