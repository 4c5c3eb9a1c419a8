// What the page shows when something is refused: the `detail` and `hint` of the API's problem documents.

import type { Static } from 'typebox';
import type { Problem as ProblemSchema } from '../../api/common.js';

/** As the API gives it. */
export type Problem = Static<typeof ProblemSchema>;

/** Something was not done, and why. */
export class ProblemError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem, options?: ErrorOptions) {
    super(problem.detail, options);
    this.problem = problem;
  }
}

/** The service, or what is between it and here, does not answer. */
export function unreachable(cause: unknown): ProblemError {
  return new ProblemError(
    {
      type: 'about:blank',
      title: 'Unreachable',
      status: 0,
      code: '',
      detail: 'The service cannot be reached.',
      hint: 'Check that it runs, and try again.',
      details: {},
    },
    { cause },
  );
}

/** What a response that is not a success says; also one that does not come from the service. */
export async function problemOf(response: Response): Promise<ProblemError> {
  const text = await response.text().catch(() => '');
  const found = response.headers.get('content-type')?.includes('json') === true ? parsed(text) : undefined;
  return new ProblemError({
    type: 'about:blank',
    title: response.statusText,
    code: '',
    detail: `The service answered with status ${response.status}.`,
    details: {},
    ...found,
    status: response.status,
  });
}

/** Any thrown thing as a problem. */
export function asProblem(error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem;
  const detail = error instanceof Error ? error.message : String(error);
  return { type: 'about:blank', title: 'Error', status: 0, code: '', detail, details: {} };
}

/** Those members that are what they should be. */
function parsed(text: string): Partial<Problem> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return {};
    const texts = ['type', 'title', 'detail', 'code', 'hint'] as const;
    const members = texts.map((name) => [name, (value as Record<string, unknown>)[name]]);
    return Object.fromEntries(members.filter(([, member]) => typeof member === 'string'));
  } catch {
    return {};
  }
}
