// Exchanges, as fast as it can, a directory and a file inside the granted folder for links that lead outside.
// Ends when its standard input does.

import { renameSync, writeSync } from 'node:fs';

const [folder] = process.argv.slice(2);
process.chdir(folder);
process.stdin.on('end', () => process.exit()).resume();

function swap() {
  for (let count = 0; count < 2000; count += 1) {
    renameSync('directory', 'directory-parked');
    renameSync('directory-link', 'directory');
    renameSync('file-link', 'file');
    renameSync('directory', 'directory-link');
    renameSync('directory-parked', 'directory');
    renameSync('file', 'file-link');
    renameSync('file-spare', 'file');
    renameSync('file', 'file-spare');
    renameSync('deep/a', 'deep/parked');
    renameSync('deep/link', 'deep/a');
    renameSync('deep/a', 'deep/link');
    renameSync('deep/parked', 'deep/a');
  }
  setImmediate(swap);
}

writeSync(1, 'ready\n');
swap();
