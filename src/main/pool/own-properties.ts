// Options are read as what they are themselves: a prototype that somebody else in the process has added to sets none.

/** The own properties of `options`, in an object without a prototype. */
export function ownProperties<Options extends object>(options: Options): Options {
  return Object.assign(Object.create(null), options);
}
