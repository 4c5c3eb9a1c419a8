// The PEM around a private key, taken off without the key ever becoming text.

import { Secret } from './secret.js';

/** What stood between the lines of a PEM file. */
export interface PemKey extends Disposable {
  /** Such as `PRIVATE KEY`. */
  readonly label: string;
  /** Whether lines before the key say that a password is needed, as OpenSSL wrote it before PKCS#8. */
  readonly hasHeaders: boolean;
  /** The decoded bytes, overwritten when this is disposed; `undefined` when they are not base64. */
  readonly der: Buffer | undefined;
}

const BEGIN = '-----BEGIN ';
const DASHES = '-----';
const KEY_LABEL = /^(?:[A-Z0-9]+ )*PRIVATE KEY$/;
const LONGEST_LABEL = 64;

/** The first private key in `pem`, if there is one. Other blocks, such as EC PARAMETERS, are passed over. */
export function findPemKey(pem: Buffer): PemKey | undefined {
  for (let at = pem.indexOf(BEGIN); at >= 0; at = pem.indexOf(BEGIN, at + 1)) {
    const labelAt = at + BEGIN.length;
    const labelEnd = pem.indexOf(DASHES, labelAt);
    if (labelEnd < 0) return undefined;
    if (labelEnd - labelAt > LONGEST_LABEL) continue;
    const label = pem.toString('latin1', labelAt, labelEnd);
    const bodyAt = labelEnd + DASHES.length;
    const bodyEnd = pem.indexOf(`-----END ${label}-----`, bodyAt);
    if (KEY_LABEL.test(label) && bodyEnd >= 0) return decoded(label, pem.subarray(bodyAt, bodyEnd));
  }
  return undefined;
}

function decoded(label: string, body: Buffer): PemKey {
  const hasHeaders = body.includes(':');
  const secret = hasHeaders ? undefined : decodeBase64(body);
  return {
    label,
    hasHeaders,
    der: secret?.bytes,
    [Symbol.dispose]: () => secret?.[Symbol.dispose](),
  };
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const SIX_BITS = new Map([...Buffer.from(ALPHABET)].map((character, value) => [character, value]));
const WHITE_SPACE = new Set(Buffer.from(' \t\r\n'));
const PADDING = '='.charCodeAt(0);

/** The platform decodes base64 from text only. */
function decodeBase64(base64: Buffer): Secret | undefined {
  const secret = new Secret(Buffer.alloc(Math.ceil((base64.length * 3) / 4)));
  let length = 0;
  let bits = 0;
  let bitCount = 0;
  let padded = false;
  for (const character of base64) {
    if (WHITE_SPACE.has(character)) continue;
    const value = SIX_BITS.get(character);
    if (character === PADDING) padded = true;
    else if (value === undefined || padded) return discard(secret);
    else {
      bits = ((bits << 6) | value) & 0xffff;
      bitCount += 6;
      if (bitCount < 8) continue;
      bitCount -= 8;
      secret.bytes[length++] = (bits >> bitCount) & 0xff;
    }
  }
  // What is left over of the last character can be no more than its unused bits.
  return bitCount < 6 && length > 0 ? new Secret(secret.bytes.subarray(0, length)) : discard(secret);
}

function discard(secret: Secret): undefined {
  secret[Symbol.dispose]();
  return undefined;
}
