// The one place where host functions meet the guest: whatever goes wrong inside them, what comes out is an
// answer, the end of the run as its host decided it, or a trap whose text says nothing of the host.

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
    return context.trap(`call stack exhausted in ${name}`);
  }
  const kind = thrown instanceof Error ? thrown.name : typeof thrown;
  return context.trap(`the host failed in ${name} (${kind})`);
}

/**
 * The same function, out of which only its answer, the run's end or a trap can come.
 *
 * @param name the interface and function, for the text of a trap.
 */
export function guardFunction<Guarded extends HostFunction>(
  context: WasiContext,
  name: string,
  guarded: Guarded,
): Guarded {
  const wrapper = function (this: unknown, ...values: never[]): unknown {
    context.checkRunning();
    try {
      return guarded.apply(this, values);
    } catch (thrown) {
      return fail(context, name, thrown);
    }
  };
  return wrapper as Guarded;
}

/** {@link guardFunction} over every function of an interface. */
export function guardInterface<Interface extends object>(
  context: WasiContext,
  name: string,
  functions: Interface,
): Interface {
  const entries = Object.entries(functions).map(([key, value]) => [
    key,
    guardFunction(context, `${name}.${key}`, value as HostFunction),
  ]);
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

/**
 * A subclass for this run, with every method guarded. A method called on anything that was not made with
 * `new`, as glue does for a handle that the guest made up, or that was dropped, is a trap. Only the first drop
 * reaches the class.
 *
 * @param name the interface and resource, for the text of a trap.
 */
export function guardClass<Class extends new (...values: never[]) => object>(
  context: WasiContext,
  name: string,
  base: Class,
): Class {
  const numbers = new ResourceNumbers();
  const Guarded = class extends (base as unknown as new (...values: unknown[]) => object) {
    #number: number;

    constructor(...values: unknown[]) {
      super(...values);
      this.#number = numbers.take();
      // Glue numbers resources by itself otherwise, never takes a number back, and remembers each it ever gave.
      Object.defineProperty(this, RESOURCE_NUMBER, { value: this.#number });
    }

    /** `unknown` for what was never made with `new`. */
    static stateOf(value: unknown): 'held' | 'dropped' | 'unknown' {
      if (typeof value !== 'object' || value === null || !(#number in value)) return 'unknown';
      return value.#number === DROPPED ? 'dropped' : 'held';
    }

    static drop(value: InstanceType<typeof Guarded>): void {
      numbers.giveBack(value.#number);
      value.#number = DROPPED;
    }
  };
  for (const key of Reflect.ownKeys(base.prototype as object)) {
    const method: unknown = (base.prototype as Record<PropertyKey, unknown>)[key];
    if (key === 'constructor' || typeof method !== 'function') continue;
    const isDrop = key === Symbol.dispose;
    const label = `${name}.${isDrop ? 'drop' : String(key)}`;
    const guarded = guardFunction(context, label, function (this: unknown, ...values: never[]): unknown {
      const state = Guarded.stateOf(this);
      if (isDrop && state === 'dropped') return undefined;
      if (state !== 'held') return context.trap(`${label} called on an unknown handle`);
      if (isDrop) Guarded.drop(this as InstanceType<typeof Guarded>);
      return (method as HostFunction).apply(this, values);
    });
    const property = { value: guarded, writable: true, configurable: true };
    Object.defineProperty(Guarded.prototype, key, property);
    if (isDrop) Object.defineProperty(Guarded.prototype, REGISTERED_DISPOSE, property);
  }
  return Guarded as unknown as Class;
}
