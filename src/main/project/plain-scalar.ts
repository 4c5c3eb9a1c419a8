// What an unquoted scalar of a manifest means, by the rules of the YAML reader that icp-cli uses (they differ
// from YAML 1.2 in small things: 017 is text, 0b11 is a number).

/** The kinds of an unquoted scalar. `text` is how it reads as a string: `0x10` as `16`, `1.50` as `1.5`. */
export type PlainScalar =
  | { readonly kind: 'null' }
  | { readonly kind: 'boolean' | 'number' | 'string'; readonly text: string };

const INTEGER =
  /^(?<sign>[-+]?)(?:0x(?<hex>[0-9a-fA-F]+)|0o(?<octal>[0-7]+)|0b(?<binary>[01]+)|(?<decimal>\d+))$/;
const FLOAT = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/;
const INFINITY = /^(?<sign>[-+]?)\.(?:inf|Inf|INF)$/;
const BOOLEAN = /^(?:true|True|TRUE|false|False|FALSE)$/;

/** Reads `source`, the text of an unquoted scalar without surrounding space. */
export function readPlainScalar(source: string): PlainScalar {
  if (/^(?:|~|null|Null|NULL)$/.test(source)) return { kind: 'null' };
  if (BOOLEAN.test(source)) return { kind: 'boolean', text: source.toLowerCase() };
  const number = readNumber(source);
  return number === undefined ? { kind: 'string', text: source } : { kind: 'number', text: number };
}

function readNumber(source: string): string | undefined {
  // Codes such as 007 keep their zeros.
  if (/^[-+]?0\d+$/.test(source)) return undefined;
  const integer = INTEGER.exec(source)?.groups;
  if (integer !== undefined) {
    const { sign, hex, octal, binary, decimal } = integer;
    const digits = hex ? `0x${hex}` : octal ? `0o${octal}` : binary ? `0b${binary}` : (decimal ?? '');
    const magnitude = BigInt(digits);
    return String(sign === '-' ? -magnitude : magnitude);
  }
  const infinite = INFINITY.exec(source)?.groups;
  if (infinite !== undefined) return infinite['sign'] === '-' ? '-inf' : 'inf';
  if (/^\.(?:nan|NaN|NAN)$/.test(source)) return 'NaN';
  if (!FLOAT.test(source)) return undefined;
  const value = Number(source);
  return Number.isFinite(value) ? withoutExponent(value) : undefined;
}

function withoutExponent(value: number): string {
  if (Object.is(value, -0)) return '-0';
  const [mantissa = '', exponent] = String(value).split('e');
  if (exponent === undefined) return mantissa;
  const negative = mantissa.startsWith('-');
  const [whole = '', fraction = ''] = mantissa.replace('-', '').split('.');
  const point = whole.length + Number(exponent);
  const digits = whole + fraction;
  const text =
    point <= 0
      ? `0.${'0'.repeat(-point)}${digits}`
      : point >= digits.length
        ? digits + '0'.repeat(point - digits.length)
        : `${digits.slice(0, point)}.${digits.slice(point)}`;
  return negative ? `-${text}` : text;
}
