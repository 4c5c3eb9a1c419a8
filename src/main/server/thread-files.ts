// The files that the service's threads are started from. As far above this file as above the bundled command.

/** Moves the store's log into its file. */
export const CHECKPOINT_THREAD = new URL('../../threads/checkpoint.cjs', import.meta.url);
