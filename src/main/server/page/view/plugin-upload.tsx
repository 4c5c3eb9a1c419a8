// Uploads a plugin from the reader's machine.

import type { Plugin } from '../../api/plugins.js';
import type { SignedIn } from '../data/sign-in.js';
import { FileUpload } from './file-upload.js';

const MOST_NAME_CHARACTERS = 200;

export function PluginUpload(props: {
  readonly who: SignedIn;
  readonly onUploaded: (plugin: Plugin) => void;
}) {
  const { who, onUploaded } = props;
  return (
    <FileUpload
      text="Upload a plugin"
      label="Plugin file"
      accept=".wasm,application/wasm"
      upload={async (file) => {
        const name = file.name.replace(/\.wasm$/, '').slice(0, MOST_NAME_CHARACTERS) || 'plugin';
        onUploaded(await who.api.uploadPlugin(file, name));
      }}
    />
  );
}
