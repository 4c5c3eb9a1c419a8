// What a core module and the host agree on for growth: the import by which guests ask, and what they ask.

/**
 * The import that core modules get when they can grow: `(func (param $request i32) (param $amount i32) (result i32))`.
 * The amount is unsigned. A claim is answered by 1 (granted) or 0 (refused); the answer to a release is ignored.
 */
export const GROWTH_IMPORT = { module: 'sandpool', name: 'grow' } as const;

/** The first argument. A release gives back a claim that was granted, and that the engine then did not fulfil. */
export const GrowthRequest = {
  claimPages: 0,
  releasePages: 1,
  claimElements: 2,
  releaseElements: 3,
} as const;
export type GrowthRequest = (typeof GrowthRequest)[keyof typeof GrowthRequest];
