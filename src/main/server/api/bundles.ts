// Bundles as the API shows them: directories and files that plugins are given, uploaded as one archive.

import Type, { type Static } from 'typebox';
import { closed, Sha256, Timestamp } from './common.js';

const members = {
  sha256: Type.String({ ...Sha256, description: 'Of the archive' }),
  fileCount: Type.Integer(),
  sizeBytes: Type.Integer({ description: 'Of all files together' }),
  createdAt: Timestamp,
};

/** A bundle that was uploaded. */
export const Bundle = closed(members, { title: 'Bundle' });
export type Bundle = Static<typeof Bundle>;

/** A bundle with its files. */
export const BundleContents = closed(
  { ...members, files: Type.Array(closed({ path: Type.String(), sizeBytes: Type.Integer() })) },
  { title: 'BundleContents' },
);
export type BundleContents = Static<typeof BundleContents>;

/** All of them, the latest first. */
export const BundleList = closed({ items: Type.Array(Bundle) }, { title: 'BundleList' });

/** What goes with an upload. */
export const BundleUploadQuery = closed({ sha256: Type.Optional(Sha256) });
export type BundleUploadQuery = Static<typeof BundleUploadQuery>;
