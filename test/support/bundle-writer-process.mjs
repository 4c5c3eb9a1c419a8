// Adds the archives named by its arguments to a bundle store, one after the other and again from the start, removing
// each when all are there, until it is killed. Says when it has begun.

import { createReadStream } from 'node:fs';
import { BundleStore } from '../../dist/main/server/content/bundle-store.js';

const [folder, ...archives] = process.argv.slice(2);
const store = await BundleStore.open(folder);
process.stdout.write('begun\n');
while (true) {
  const ids = [];
  for (const archive of archives) {
    const { id } = await store.add(createReadStream(archive), { maximumBytes: 100_000_000 });
    ids.push(id);
  }
  await Promise.all(ids.map((id) => store.delete(id)));
}
