// Ways to damage a component, as arbitraries of fast-check: in its bytes, and in its sections.

import fc from 'fast-check';

/** A section of a component: its id and what it holds. */
export interface Section {
  readonly id: number;
  readonly body: Uint8Array;
  /** Bytes that its length is written in beyond those it needs. */
  readonly inflated?: number;
}

/** What was done, for a failure to tell, and what came of it. */
export interface Damaged {
  readonly how: string;
  readonly bytes: Uint8Array;
}

interface Damage {
  readonly how: string;
  apply(bytes: Uint8Array): Uint8Array;
}

const HEADER_BYTES = 8;

/** One of `originals`, with one to four things done to it. */
export function damaged(originals: readonly Uint8Array[]): fc.Arbitrary<Damaged> {
  return fc
    .tuple(fc.nat(), fc.array(damage, { minLength: 1, maxLength: 4 }))
    .map(([which, damages]): Damaged => {
      const index = which % originals.length;
      const original = originals[index] ?? new Uint8Array();
      return {
        how: `component ${index}: ${damages.map(({ how }) => how).join(', then ')}`,
        bytes: damages.reduce((bytes, { apply }) => apply(bytes), original),
      };
    });
}

/** A place, as a share of whatever there is when the time comes. */
const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const at = (share: number, length: number): number => Math.floor(share * length);

const flip: fc.Arbitrary<Damage> = fc.tuple(place, fc.integer({ min: 0, max: 7 })).map(([share, bit]) => ({
  how: `bit ${bit} flipped at ${share}`,
  apply: (bytes) => {
    const flipped = Buffer.from(bytes);
    const offset = at(share, flipped.length);
    if (flipped.length > 0) flipped[offset] = (flipped[offset] ?? 0) ^ (1 << bit);
    return flipped;
  },
}));

const overwrite: fc.Arbitrary<Damage> = fc
  .tuple(place, fc.uint8Array({ minLength: 1, maxLength: 8 }))
  .map(([share, written]) => ({
    how: `${written} written at ${share}`,
    apply: (bytes) => {
      const changed = Buffer.from(bytes);
      changed.set(written.subarray(0, changed.length - at(share, changed.length)), at(share, changed.length));
      return changed;
    },
  }));

const insert: fc.Arbitrary<Damage> = fc
  .tuple(place, fc.uint8Array({ minLength: 1, maxLength: 16 }))
  .map(([share, inserted]) => ({
    how: `${inserted} inserted at ${share}`,
    apply: (bytes) => {
      const offset = at(share, bytes.length);
      return Buffer.concat([bytes.subarray(0, offset), inserted, bytes.subarray(offset)]);
    },
  }));

const cut: fc.Arbitrary<Damage> = place.map((share) => ({
  how: `cut at ${share}`,
  apply: (bytes) => bytes.subarray(0, at(share, bytes.length)),
}));

const remove: fc.Arbitrary<Damage> = fc
  .tuple(place, fc.integer({ min: 1, max: 64 }))
  .map(([share, length]) => ({
    how: `${length} bytes taken out at ${share}`,
    apply: (bytes) => {
      const offset = at(share, bytes.length);
      return Buffer.concat([bytes.subarray(0, offset), bytes.subarray(offset + length)]);
    },
  }));

/** Any byte below 128 may be a number: the same one, written longer; more than five bytes are too many. */
const inflateNumber: fc.Arbitrary<Damage> = fc
  .tuple(place, fc.integer({ min: 1, max: 6 }))
  .map(([share, more]) => ({
    how: `the number at ${share} written ${more} bytes longer`,
    apply: (bytes) => {
      const offset = at(share, bytes.length);
      const byte = bytes[offset] ?? 0x80;
      if (byte >= 0x80) return bytes;
      return Buffer.concat([
        bytes.subarray(0, offset),
        Buffer.from(leb128(byte, more)),
        bytes.subarray(offset + 1),
      ]);
    },
  }));

const insertSection: fc.Arbitrary<Damage> = fc
  .tuple(place, fc.integer({ min: 0, max: 14 }), fc.uint8Array({ maxLength: 64 }))
  .map(([share, id, body]) => ({
    how: `section ${id} of ${body} inserted at ${share}`,
    apply: inSections((sections) => sections.toSpliced(at(share, sections.length + 1), 0, { id, body })),
  }));

const duplicateSection: fc.Arbitrary<Damage> = fc.tuple(place, place).map(([from, to]) => ({
  how: `section ${from} again at ${to}`,
  apply: inSections((sections) =>
    sections.toSpliced(
      at(to, sections.length + 1),
      0,
      ...sections.slice(at(from, sections.length)).slice(0, 1),
    ),
  ),
}));

const moveSection: fc.Arbitrary<Damage> = fc.tuple(place, place).map(([from, to]) => ({
  how: `section ${from} moved to ${to}`,
  apply: inSections((sections) => {
    const moved = sections.slice(at(from, sections.length)).slice(0, 1);
    const rest = sections.toSpliced(at(from, sections.length), 1);
    return rest.toSpliced(at(to, rest.length + 1), 0, ...moved);
  }),
}));

const dropSection: fc.Arbitrary<Damage> = place.map((share) => ({
  how: `section ${share} left out`,
  apply: inSections((sections) => sections.toSpliced(at(share, sections.length), 1)),
}));

const inflateSection: fc.Arbitrary<Damage> = fc
  .tuple(place, fc.integer({ min: 1, max: 6 }))
  .map(([share, inflated]) => ({
    how: `the length of section ${share} written ${inflated} bytes longer`,
    apply: inSections((sections) =>
      sections.map((section, index) =>
        index === at(share, sections.length) ? { ...section, inflated } : section,
      ),
    ),
  }));

/** The component as a component in itself, some times over. */
const nest: fc.Arbitrary<Damage> = fc.integer({ min: 1, max: 200 }).map((depth) => ({
  how: `nested ${depth} deep`,
  apply: (bytes) => {
    let nested = bytes;
    for (let level = 0; level < depth; level++) {
      nested = joined({ header: bytes.subarray(0, HEADER_BYTES), sections: [{ id: 4, body: nested }] });
    }
    return nested;
  },
}));

const damage: fc.Arbitrary<Damage> = fc.oneof(
  flip,
  overwrite,
  insert,
  cut,
  remove,
  inflateNumber,
  insertSection,
  duplicateSection,
  moveSection,
  dropSection,
  inflateSection,
  nest,
);

/** A component taken apart. What follows the last whole section is kept as it is. */
export interface Sections {
  readonly header: Uint8Array;
  readonly sections: readonly Section[];
  readonly rest?: Uint8Array;
}

function inSections(change: (sections: readonly Section[]) => readonly Section[]): Damage['apply'] {
  return (bytes) => {
    const parts = sectionsOf(bytes);
    return joined({ ...parts, sections: change(parts.sections) });
  };
}

/** Takes a component apart, however damaged it already is. */
export function sectionsOf(bytes: Uint8Array): Sections {
  const sections: Section[] = [];
  let offset = HEADER_BYTES;
  for (;;) {
    let length = 0;
    let next = offset + 1;
    for (let shift = 0; shift < 35 && next < bytes.length; shift += 7) {
      const byte = bytes[next] ?? 0;
      next += 1;
      length += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) break;
    }
    if (next + length > bytes.length || next === offset + 1) break;
    sections.push({ id: bytes[offset] ?? 0, body: bytes.subarray(next, next + length) });
    offset = next + length;
  }
  return { header: bytes.subarray(0, HEADER_BYTES), sections, rest: bytes.subarray(offset) };
}

/** Puts it together again. */
export function joined({ header, sections, rest = new Uint8Array() }: Sections): Buffer {
  const parts = sections.flatMap(({ id, body, inflated = 0 }) => [
    Buffer.from([id, ...leb128(body.length, inflated)]),
    body,
  ]);
  return Buffer.concat([header, ...parts, rest]);
}

/** `value` as LEB128, `inflated` bytes longer than it need be. */
export function leb128(value: number, inflated = 0): number[] {
  const bytes: number[] = [];
  let left = value;
  do {
    bytes.push(left % 128);
    left = Math.floor(left / 128);
  } while (left > 0);
  for (let more = 0; more < inflated; more++) bytes.push(0);
  return bytes.map((byte, index) => (index < bytes.length - 1 ? byte | 0x80 : byte));
}
