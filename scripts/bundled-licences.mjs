// A rolldown plugin: puts the licences of the packages that went into a bundle beside it.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const LICENCE_FILE = /^(licen[cs]e|copying|notice)/i;

/** The terms of packages that come without a file of them, as the package states them: a file each, named for it. */
const STATED = fileURLToPath(new URL('licences', import.meta.url));

/** Emits `fileName`; fails the build when a package that is bundled comes without its terms. */
export function bundledLicences(fileName = 'LICENCES.txt') {
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
        fileName,
        source: [...folders].sort().map(termsOf).join('\n\n'),
      });
    },
  };
}

function packageFolder(moduleId) {
  const [folder] = moduleId.match(/^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/) ?? [];
  return folder;
}

function manifestOf(folder) {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
}

function termsOf(folder) {
  const { name, version, license } = manifestOf(folder);
  const own = readdirSync(folder).filter((file) => LICENCE_FILE.test(file));
  const files =
    own.length > 0 ? own.map((file) => join(folder, file)) : [join(STATED, `${name.replace('/', '+')}.txt`)];
  const texts = files.map((file) => readFileSync(file, 'utf8').trim());
  return [`${name} ${version} (${license})`, ...texts].join('\n\n');
}
