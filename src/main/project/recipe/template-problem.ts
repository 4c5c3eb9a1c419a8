// What is wrong with a template, and where: internal to the engine, made into an error with a code where it is left.

/** Ends the reading or rendering of a template. */
export class TemplateProblem extends Error {
  /** In the template, where known. */
  readonly offset: number | undefined;

  constructor(message: string, offset?: number) {
    super(message);
    this.offset = offset;
  }
}

/** `message` with the line and column of `offset` in `template` before it. */
export function located(template: string, { message, offset }: TemplateProblem): string {
  if (offset === undefined) return message;
  const before = template.slice(0, offset);
  const line = before.split('\n').length;
  const column = [...before.slice(before.lastIndexOf('\n') + 1)].length + 1;
  return `line ${line}, column ${column} of the template: ${message}`;
}
