// The part of the form for a new batch that says which files its runs are given.

import { isFirstInterface } from '../data/batch-files.js';
import { bytesText, countOf, shortText, timeText } from '../data/format.js';
import type { SignedIn } from '../data/sign-in.js';
import { FileUpload } from './file-upload.js';
import { controlOf, Field, type FormState, LineField, LinesField } from './form-field.js';
import { useLoaded } from './hooks.js';
import { ProblemNote } from './parts.js';

export function BatchFilesFields(
  props: FormState & { readonly who: SignedIn; readonly interfaceVersion: string | undefined },
) {
  const { who, interfaceVersion, form, change } = props;
  const bundles = useLoaded('bundles', (signal) => who.api.bundles(signal));
  const isFirst = isFirstInterface(interfaceVersion);
  return (
    <details class="more">
      <summary>Files that it is given</summary>
      <Field
        {...props}
        name="bundle"
        label="Bundle"
        hint="A tar, tar.gz or zip of directories and files; a link in it is refused"
      >
        <div class="with-button">
          <select {...controlOf(props, 'bundle')}>
            <option value="">None</option>
            {bundles.value?.items.map(({ sha256, fileCount, sizeBytes, createdAt }) => (
              <option key={sha256} value={sha256}>
                {`${shortText(sha256, 8)}: ${countOf(fileCount, 'file')}, ${bytesText(sizeBytes)}, ${timeText(createdAt)}`}
              </option>
            ))}
          </select>
          <FileUpload
            text="Upload a bundle"
            label="Bundle file"
            accept=".tar,.tar.gz,.tgz,.zip"
            upload={async (file) => {
              const { sha256 } = await who.api.uploadBundle(file);
              bundles.reload();
              change({ bundle: sha256 });
            }}
          />
        </div>
      </Field>
      <ProblemNote problem={bundles.problem} />
      {form.bundle !== '' && (
        <>
          <LineField
            {...props}
            name="folder"
            label="Folder"
            hint="In the bundle, which paths are relative to; else its root"
            most={1024}
          />
          <div class="columns">
            {isFirst && <LinesField {...props} name="dirs" label="Directories" hint="One a line: a path" />}
            <LinesField
              {...props}
              name="files"
              label={isFirst ? 'Files' : 'Files and directories'}
              hint={isFirst ? 'One a line: a path' : 'One a line: name=path'}
            />
          </div>
        </>
      )}
    </details>
  );
}
