/** A string literal of a source text; a template literal gives one entry for each stretch between `${…}`. */
export type StringLiteral = {
  text: string;
  /** From 1. */
  line: number;
  /** Where the literal opens in `SplitSource.code`. */
  offset: number;
};

/** A TypeScript source taken apart: its code without comments and with emptied strings, and the strings by themselves. */
export type SplitSource = { code: string; strings: StringLiteral[] };

/** After one of these, `/` opens a regular expression; after anything else it divides. */
const BEFORE_REGEX = /(?:^|[(,=:[!&|?{};+\-*%<>~^]|\b(?:return|typeof|case|in|of|do|else|throw|await|yield))\s*$/;

/**
 * Splits a source text well enough for rules that look for words: line breaks stay, so offsets still tell the line.
 * A regular expression counts as code with nothing in it.
 */
export function splitSource(source: string): SplitSource {
  return new Splitter(source).split();
}

class Splitter {
  private readonly source: string;
  private at = 0;
  private code = '';
  private line = 1;
  private readonly strings: StringLiteral[] = [];
  /** For each `${` that is open: how many braces are open inside it. */
  private readonly templates: number[] = [];

  constructor(source: string) {
    this.source = source;
  }

  split(): SplitSource {
    while (this.at < this.source.length) this.step();
    return { code: this.code, strings: this.strings };
  }

  private step(): void {
    const character = this.source.charAt(this.at);
    const pair = this.source.slice(this.at, this.at + 2);
    if (pair === '//' || (this.at === 0 && pair === '#!')) this.skipTo(this.indexOr('\n'));
    else if (pair === '/*') this.skipTo(this.indexOr('*/') + 2);
    else if (character === "'" || character === '"') this.quoted(character);
    else if (character === '`') this.template();
    else if (character === '/' && BEFORE_REGEX.test(this.code.slice(-40))) this.regex();
    else if (character === '}' && this.templates.at(-1) === 0) {
      this.templates.pop();
      this.template();
    } else this.keep(character);
  }

  private keep(character: string): void {
    const depth = this.templates.at(-1);
    if (depth !== undefined && character === '{') this.templates[this.templates.length - 1] = depth + 1;
    if (depth !== undefined && character === '}') this.templates[this.templates.length - 1] = depth - 1;
    if (character === '\n') this.line += 1;
    this.code += character;
    this.at += 1;
  }

  private quoted(quote: string): void {
    const text = this.until((character) => character === quote || character === '\n');
    this.record(text.slice(1));
    this.code += `${quote}${quote}`;
  }

  /** From the opening backtick, or from the `}` that ends an inserted expression, to the next `${` or the closing backtick. */
  private template(): void {
    const text = this.until((character, next) => character === '`' || (character === '$' && next === '{'));
    const opensExpression = this.source.charAt(this.at - 1) === '$';
    this.record(text.slice(1));
    this.code += '``';
    this.newLines(text);
    if (!opensExpression) return;
    this.templates.push(0);
    this.at += 1;
    this.code += ' ';
  }

  private regex(): void {
    let inClass = false;
    this.until((character) => {
      if (character === '[') inClass = true;
      if (character === ']') inClass = false;
      return (character === '/' && !inClass) || character === '\n';
    });
    this.code += '/ /';
  }

  /** Reads from the current character to the one that ends the literal and steps over it; backslashes escape. */
  private until(ends: (character: string, next: string) => boolean): string {
    const from = this.at;
    this.at += 1;
    while (this.at < this.source.length && !ends(this.source.charAt(this.at), this.source.charAt(this.at + 1))) {
      this.at += this.source.charAt(this.at) === '\\' ? 2 : 1;
    }
    const text = this.source.slice(from, this.at);
    this.at += 1;
    return text;
  }

  private record(text: string): void {
    this.strings.push({ text, line: this.line, offset: this.code.length });
  }

  private indexOr(mark: string): number {
    const found = this.source.indexOf(mark, this.at);
    return found === -1 ? this.source.length : found;
  }

  private skipTo(end: number): void {
    this.newLines(this.source.slice(this.at, end));
    this.at = end;
  }

  private newLines(text: string): void {
    const breaks = text.split('\n').length - 1;
    this.line += breaks;
    this.code += '\n'.repeat(breaks);
  }
}
