// The first question asked of any value that another side has sent.

/** Whether `value` has properties that may be read; it says nothing of which. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
