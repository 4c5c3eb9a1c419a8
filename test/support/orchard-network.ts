// The orchard on an embedded network of its own, in a folder of its own.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Localnet, startLocalnet } from '#src/main/localnet/index.js';
import {
  actualContent,
  deployOrchard,
  differences,
  expectedContent,
  orchardCanisters,
} from '../../scripts/orchard.mjs';

/** A network, a project that knows it, and what came of a sync. */
export interface Orchard {
  readonly folder: string;
  readonly network: Localnet;
  /** A line for everything that is not as one sync should have left it. */
  differences(): Promise<string[]>;
  content(): ReturnType<typeof actualContent>;
  close(): Promise<void>;
}

/** Starts the network and puts a copy of the project beside it. */
export async function plantOrchard(): Promise<Orchard> {
  const canisters = (await orchardCanisters()).map(({ name, kind }) => ({ name, kind }));
  const network = await startLocalnet({ canisters });
  const folder = await mkdtemp(join(tmpdir(), 'orchard-'));
  await deployOrchard(folder, network);
  return {
    folder,
    network,
    differences: async () => differences(await expectedContent(), await actualContent(network)),
    content: () => actualContent(network),
    close: async () => {
      await network.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
