// Reading the errors of the agent packages, which have classes of their own in each package.
import { describe } from '../../bridge/errors.js';
import { PLUGIN_TEXTS } from './plugin-text.js';

const LONGEST_REASON = 300;

// The packages' codes for an answer that must not be believed, and what the reference host says then.
const DISTRUST: ReadonlyMap<string, string> = new Map([
  ['CertificateVerificationErrorCode', PLUGIN_TEXTS.certificateInvalid],
  ['CertificateHasTooManyDelegationsErrorCode', PLUGIN_TEXTS.tooManyDelegations],
  ['CertificateTimeErrorCode', PLUGIN_TEXTS.certificateOutdated],
  ['CertificateOutdatedErrorCode', PLUGIN_TEXTS.certificateOutdated],
  ['CertificateNotAuthorizedErrorCode', PLUGIN_TEXTS.canisterNotInRanges],
  ['QuerySignatureVerificationFailedErrorCode', PLUGIN_TEXTS.querySignatureInvalid],
  ['MissingSignatureErrorCode', PLUGIN_TEXTS.querySignatureMissing],
  ['MalformedSignatureErrorCode', PLUGIN_TEXTS.querySignatureMalformed],
  ['ExcessiveSignaturesErrorCode', PLUGIN_TEXTS.querySignatureMalformed],
  ['MalformedPublicKeyErrorCode', PLUGIN_TEXTS.nodeKeyMalformed],
]);

/** What to tell a plugin when `error` says that an answer must not be believed; else nothing. */
export function distrustText(error: unknown): string | undefined {
  return DISTRUST.get(errorCodeName(error) ?? '');
}

/** One line on an error: agents put whole answers and stack traces into their messages. */
export function briefly(error: unknown): string {
  if (errorCodeName(error) === 'CertificateVerificationErrorCode') return 'its signature is wrong';
  const [line = ''] = describe(error).split('\n', 1);
  return line.length > LONGEST_REASON ? `${line.slice(0, LONGEST_REASON)}…` : line;
}

/** The name of the code that errors of either agent package carry. */
export function errorCodeName(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  const { code } = error;
  return typeof code === 'object' && code !== null && 'name' in code && typeof code.name === 'string'
    ? code.name
    : undefined;
}
