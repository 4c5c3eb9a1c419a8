// wasi:filesystem/preopens: the directories that the run was granted.

import { placeOfDescriptor } from '../../../bridge/place.js';
import type { WasiContext } from '../context.js';
import type { Descriptor, FilesystemClasses } from './descriptor.js';
import { SharedPlace } from './shared-place.js';

/**
 * The function `get-directories`: each call gives a new handle of every granted directory.
 *
 * @throws a system error when a granted descriptor is not open, or there are more than may be.
 */
export function createPreopens(
  context: WasiContext,
  classes: FilesystemClasses,
): { getDirectories(): [Descriptor, string][] } {
  const granted = context.host.preopens.map(({ guestPath, fd }) => ({
    guestPath,
    shared: new SharedPlace(context, () => placeOfDescriptor(fd)),
  }));
  return {
    getDirectories: () =>
      granted.map(({ guestPath, shared }) => {
        if (!context.handles.take('descriptor')) context.trap('too many descriptors held open');
        return [new classes.Descriptor(context, classes, shared.share()), guestPath];
      }),
  };
}
