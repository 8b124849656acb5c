import type { WrittenText } from '../../core/written-text.ts';
import { ByteClass, JSON_CLASSES, TEXT_CLASSES } from './byte-classes.ts';

/** Names of this file's own: it looks at every byte that is written, and an import that is looked up each time costs more than the rest. */
const { space, lower, upper, accent, digit, mark, han, kana, hangul, fullWidth, indic, picture, continuation, quote } =
  ByteClass;
const lineBreak = ByteClass.break;
const escapeMark = ByteClass.escape;
const textClasses = TEXT_CLASSES;
const jsonClasses = JSON_CLASSES;

/**
 * Tokens that each thing in a text stands for, fitted to a byte-pair tokenizer of 200,000 entries (decision 0017). What one model does
 * otherwise is learnt from its answers (`metering/token-rates.ts`).
 */
const WORD = 0.93;
/** Each letter behind the sixth of a word. */
const LONG_WORD_LETTER = 0.14;
const WORD_LETTERS = 6;
const CAPITAL_IN_WORD = 0.11;
/** A capital soon behind a small letter: keys, hashes and base64 are full of them. */
const RANDOM_CAPITAL = 1.45;
const RANDOM_LETTERS = 3;
const ACCENT = 1.8;
const DIGIT_GROUP = 1;
const DIGITS_OF_GROUP = 3;
/** Between a letter and a digit, and before a number: a space belongs to a word behind it, not to a number. */
const LETTER_TO_DIGIT = 0.06;
const SPACE_BEFORE_DIGIT = 0.93;
/** Marks side by side are mostly one token, and so are breaks; but not a thousand of them, nor a thousand spaces. */
const MARK = 1.06;
const BREAK = 0.25;
const MORE_OF_THE_SAME = 1 / 32;
const HAN = 0.77;
const KANA = 0.9;
const HANGUL = 0.7;
const FULL_WIDTH = 0.7;
/** Cyrillic, Greek, Arabic and Hebrew letters; those of India and Thailand; pictures. */
const TWO_BYTE_LETTER = 0.26;
const INDIC = 0.38;
const PICTURE = 2;

const HEX_DIGITS = 4;
const UNICODE_ESCAPE = 0x75;
const BREAK_ESCAPES: ReadonlySet<number> = new Set(Buffer.from('bfnrt'));

/**
 * Counts what a model has written, for streams that are cut before they say what it was (`reliability.md` G2): by what the text is made
 * of, since a token has 4.5 bytes of English, 3 of digits, 1.5 of base64. What it counts does not depend on where the pieces are cut.
 */
export class TextCount implements WrittenText {
  pieces = 0;
  digits = 0;
  marks = 0;
  ideographs = 0;
  scripts = 0;
  hasThinking = false;
  private previous: number = space;
  /** Letters of the word, or digits of the group, that is being read. */
  private run = 0;
  private words = 0;
  /** Counted apart, as a whole number: the sum is then the same however a word is cut. */
  private lettersOfLongWords = 0;

  get letters(): number {
    return this.words + this.lettersOfLongWords * LONG_WORD_LETTER;
  }

  /** A text as the upstream sent it. */
  addText(text: string): void {
    if (text === '') return;
    this.pieces++;
    for (let at = 0; at < text.length; at++) {
      const found = classOfUnit(text.charCodeAt(at));
      if (found !== lower) {
        this.take(found);
        continue;
      }
      let end = at + 1;
      while (textClasses[text.charCodeAt(end)] === lower) end++;
      this.takeSmallLetters(end - at);
      at = end - 1;
    }
  }

  /** The text of a JSON string whose opening quotation mark stands before `start`, up to its closing one; false when it is empty. */
  addJson(frame: Uint8Array, start: number): boolean {
    let at = start;
    for (; at < frame.length; at++) {
      const found = jsonClasses[frame[at] ?? 0] ?? mark;
      if (found === quote) break;
      if (found === lower) {
        let end = at + 1;
        while (textClasses[frame[end] ?? 0] === lower) end++;
        this.takeSmallLetters(end - at);
        at = end - 1;
      } else if (found === escapeMark) at = this.takeEscape(frame, at + 1);
      else this.take(found);
    }
    if (at === start) return false;
    this.pieces++;
    return true;
  }

  /** All that stand side by side: they are most of a text. */
  private takeSmallLetters(letters: number): void {
    const before = this.previous;
    this.previous = lower;
    if (before === lower || before === upper) {
      this.addToWord(letters);
    } else {
      this.startWord(before);
      this.addToWord(letters - 1);
    }
  }

  /** @returns where the escape ends. */
  private takeEscape(frame: Uint8Array, at: number): number {
    const escaped = frame[at] ?? 0;
    if (escaped !== UNICODE_ESCAPE) {
      this.take(BREAK_ESCAPES.has(escaped) ? lineBreak : mark);
      return at;
    }
    const end = at + 1 + HEX_DIGITS;
    this.take(classOfUnit(Number.parseInt(Buffer.from(frame.subarray(at + 1, end)).toString('latin1'), 16)));
    return end - 1;
  }

  private take(found: number): void {
    if (found === continuation) return;
    const before = this.previous;
    this.previous = found;
    switch (found) {
      case space:
        if (before === space) this.marks += MORE_OF_THE_SAME;
        return;
      case upper:
        this.takeCapital(before);
        return;
      case accent:
        if (before === lower || before === upper) this.addToWord(1);
        else this.startWord(before);
        this.words += ACCENT;
        this.previous = lower;
        return;
      case digit:
        this.takeDigit(before);
        return;
      case mark:
        this.marks += before === mark ? MORE_OF_THE_SAME : MARK;
        return;
      case lineBreak:
        this.marks += before === lineBreak ? MORE_OF_THE_SAME : BREAK;
        return;
      default:
        this.takeOther(found);
    }
  }

  private startWord(before: number): void {
    this.words += before === digit ? WORD + LETTER_TO_DIGIT : WORD;
    this.run = 1;
  }

  private addToWord(letters: number): void {
    const run = this.run + letters;
    if (run > WORD_LETTERS) this.lettersOfLongWords += run - Math.max(this.run, WORD_LETTERS);
    this.run = run;
  }

  private takeCapital(before: number): void {
    if (before === upper) {
      this.addToWord(1);
      this.words += CAPITAL_IN_WORD;
      return;
    }
    if (before === lower && this.run <= RANDOM_LETTERS) this.words += RANDOM_CAPITAL;
    this.startWord(before);
  }

  private takeDigit(before: number): void {
    if (before === digit) {
      this.run++;
      if (this.run > DIGITS_OF_GROUP) this.run = 1;
      else return;
    } else {
      this.run = 1;
      if (before === space) this.digits += SPACE_BEFORE_DIGIT;
      else if (before === lower || before === upper) this.digits += LETTER_TO_DIGIT;
    }
    this.digits += DIGIT_GROUP;
  }

  private takeOther(found: number): void {
    switch (found) {
      case han:
        this.ideographs += HAN;
        return;
      case kana:
        this.ideographs += KANA;
        return;
      case hangul:
        this.ideographs += HANGUL;
        return;
      case fullWidth:
        this.ideographs += FULL_WIDTH;
        return;
      case indic:
        this.scripts += INDIC;
        return;
      case picture:
        this.scripts += PICTURE;
        return;
      default:
        this.scripts += TWO_BYTE_LETTER;
    }
  }
}

/** The class of a unit of UTF-16: that of the byte which its character begins with in UTF-8. */
function classOfUnit(unit: number): number {
  if (unit < 0x80) return textClasses[unit] ?? mark;
  if (unit < 0x800) return textClasses[0xc0 | (unit >> 6)] ?? mark;
  // Half a pair stands for the whole character, and its other half for nothing.
  if (unit >= 0xd800 && unit < 0xe000) return unit < 0xdc00 ? picture : continuation;
  return textClasses[0xe0 | (unit >> 12)] ?? mark;
}
