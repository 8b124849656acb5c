/** Whether a text that comes in pieces already holds one whole JSON object or array; it does not check its grammar. */
export class JsonProgress {
  /** The first character that is not white space: it says what kind of value this is. */
  first: string | undefined;
  private depth = 0;
  private isInString = false;
  private isEscaped = false;

  /** True once the last open bracket has been closed. */
  get isComplete(): boolean {
    return (this.first === '{' || this.first === '[') && this.depth === 0;
  }

  push(piece: string): void {
    for (const character of piece) this.take(character);
  }

  private take(character: string): void {
    if (this.isInString) {
      if (this.isEscaped) this.isEscaped = false;
      else if (character === '\\') this.isEscaped = true;
      else if (character === '"') this.isInString = false;
      return;
    }
    this.first ??= character.trim() === '' ? undefined : character;
    if (character === '"') this.isInString = true;
    else if (character === '{' || character === '[') this.depth++;
    else if (character === '}' || character === ']') this.depth--;
  }
}
