// Tars made byte by byte, to be whatever no tool would write.

const BLOCK = 512;

/** One header and its content. Every field may be given as the bytes it is to have. */
export interface TarPart {
  readonly name?: string | Uint8Array;
  readonly type?: string;
  readonly content?: string | Uint8Array;
  /** The size field as text, when it is not to be that of the content. */
  readonly size?: string | Uint8Array;
  readonly magic?: string;
  readonly prefix?: string;
  readonly linkName?: string;
  readonly mode?: string;
  readonly checksum?: string;
}

/** A header, its content, and the padding. */
export function tarPart(part: TarPart): Buffer {
  const content = Buffer.from(part.content ?? '');
  const header = Buffer.alloc(BLOCK);
  const put = (at: number, value: string | Uint8Array) => Buffer.from(value).copy(header, at);
  put(0, part.name ?? 'file');
  put(100, part.mode ?? '0000644\0');
  put(108, '0000000\0');
  put(116, '0000000\0');
  put(124, part.size ?? `${content.length.toString(8).padStart(11, '0')}\0`);
  put(136, '00000000000\0');
  put(156, part.type ?? '0');
  put(157, part.linkName ?? '');
  put(257, part.magic ?? 'ustar\x0000');
  put(345, part.prefix ?? '');
  put(148, '        ');
  const sum = header.reduce((total, byte) => total + byte, 0);
  put(148, part.checksum ?? `${sum.toString(8).padStart(6, '0')}\0 `);
  return Buffer.concat([header, content, Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK)]);
}

/** The two blocks of zeros. */
export const TAR_END = Buffer.alloc(2 * BLOCK);

/** A whole tar of the parts. */
export function tarOf(...parts: readonly (TarPart | Buffer)[]): Buffer {
  return Buffer.concat([...parts.map((part) => (Buffer.isBuffer(part) ? part : tarPart(part))), TAR_END]);
}

/** One pax record, its length counted. */
export function paxRecord(key: string, value: string | Uint8Array): Buffer {
  const rest = Buffer.concat([Buffer.from(` ${key}=`), Buffer.from(value), Buffer.from('\n')]);
  let length = rest.length + 1;
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
  return Buffer.concat([Buffer.from(String(length)), rest]);
}

/** A pax header for the entry behind it (`x`) or for all (`g`). */
export function paxPart(
  records: Readonly<Record<string, string | Uint8Array>>,
  type: 'x' | 'g' = 'x',
): Buffer {
  const content = Buffer.concat(Object.entries(records).map(([key, value]) => paxRecord(key, value)));
  return tarPart({ name: 'PaxHeaders/0', type, content });
}

/** GNU's header for a long name. */
export function longNamePart(name: string): Buffer {
  return tarPart({ name: '././@LongLink', type: 'L', content: `${name}\0`, magic: 'ustar  \0' });
}
