// A rolldown plugin: puts the licences of the packages that went into a bundle beside it.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const LICENCE_FILE = /^(licen[cs]e|copying|notice)/i;

/** Emits `LICENCES.txt`; fails the build when a package that is bundled comes without its terms. */
export function bundledLicences() {
  return {
    name: 'bundled-licences',
    generateBundle(_options, bundle) {
      const modules = Object.values(bundle).flatMap((chunk) =>
        chunk.type === 'chunk' ? chunk.moduleIds : [],
      );
      const folders = new Set(modules.filter((id) => id.includes('/node_modules/')).map(packageFolder));
      if (folders.size === 0) return;
      this.emitFile({
        type: 'asset',
        fileName: 'LICENCES.txt',
        source: [...folders].sort().map(termsOf).join('\n\n'),
      });
    },
  };
}

function packageFolder(moduleId) {
  let folder = dirname(moduleId);
  while (!existsSync(join(folder, 'package.json')) || manifestOf(folder).name === undefined)
    folder = dirname(folder);
  return folder;
}

function manifestOf(folder) {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
}

function termsOf(folder) {
  const { name, version, license } = manifestOf(folder);
  const files = readdirSync(folder).filter((file) => LICENCE_FILE.test(file));
  if (license === undefined && files.length === 0)
    throw new Error(`${name} is bundled and states no licence`);
  const texts = files.map((file) => readFileSync(join(folder, file), 'utf8').trim());
  return [`${name} ${version} (${license})`, ...texts].join('\n\n');
}
