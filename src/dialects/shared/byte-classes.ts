/** What a byte of UTF-8 begins, as far as tokenizers care; `quote` and `escape` only inside JSON. */
export const ByteClass = {
  space: 0,
  lower: 1,
  upper: 2,
  /** A Latin letter outside ASCII. */
  accent: 3,
  digit: 4,
  mark: 5,
  break: 6,
  /** A letter of two bytes of another script. */
  twoByte: 7,
  indic: 8,
  kana: 9,
  han: 10,
  hangul: 11,
  fullWidth: 12,
  picture: 13,
  /** Not the first byte of its character. */
  continuation: 14,
  quote: 15,
  escape: 16,
} as const;

/** Ranges of first bytes, both ends included; a byte in none of them is a mark. */
const RANGES: readonly (readonly [first: number, last: number, found: number])[] = [
  [0x00, 0x1f, ByteClass.break],
  [0x20, 0x20, ByteClass.space],
  [0x30, 0x39, ByteClass.digit],
  [0x41, 0x5a, ByteClass.upper],
  [0x61, 0x7a, ByteClass.lower],
  [0x80, 0xbf, ByteClass.continuation],
  [0xc3, 0xc9, ByteClass.accent],
  [0xca, 0xdf, ByteClass.twoByte],
  [0xe0, 0xe1, ByteClass.indic],
  [0xe3, 0xe3, ByteClass.kana],
  [0xe4, 0xe9, ByteClass.han],
  [0xea, 0xed, ByteClass.hangul],
  [0xee, 0xef, ByteClass.fullWidth],
  [0xf0, 0xff, ByteClass.picture],
];

/** The class of each byte of plain text. */
export const TEXT_CLASSES: Uint8Array = new Uint8Array(256).fill(ByteClass.mark);
for (const [first, last, found] of RANGES) TEXT_CLASSES.fill(found, first, last + 1);

/** The class of each byte inside a JSON string. */
export const JSON_CLASSES: Uint8Array = TEXT_CLASSES.slice();
JSON_CLASSES['"'.charCodeAt(0)] = ByteClass.quote;
JSON_CLASSES['\\'.charCodeAt(0)] = ByteClass.escape;
