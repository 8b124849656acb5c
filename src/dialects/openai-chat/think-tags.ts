/** A piece of what the model said. */
export type SaidPiece = { kind: 'text' | 'thinking'; text: string };

const OPENING = '<think>';
const CLOSING = '</think>';

/**
 * Finds the reasoning that local models put in front of their text, between tags. Only at the very beginning: a model that
 * speaks about the tags later means them as text. A tag may be split over pieces.
 */
export class ThinkTagReader {
  private place: 'before' | 'opened' | 'inside' | 'behind' | 'done' = 'before';
  private held = '';

  push(piece: string): SaidPiece[] {
    if (this.place === 'done') return [{ kind: 'text', text: piece }];
    this.held += piece;
    const pieces: SaidPiece[] = [];
    if (this.place === 'before') pieces.push(...this.lookForOpening());
    if (this.place === 'opened' && this.skipLineEnds()) this.place = 'inside';
    if (this.place === 'inside') pieces.push(...this.lookForClosing());
    if (this.place === 'behind' && this.skipLineEnds()) {
      this.place = 'done';
      pieces.push(...this.release('text'));
    }
    return pieces;
  }

  /** What was held back, once no more text comes. */
  end(): SaidPiece[] {
    const { place } = this;
    this.place = 'done';
    return this.release(place === 'inside' ? 'thinking' : 'text');
  }

  private lookForOpening(): SaidPiece[] {
    const text = this.held.trimStart();
    if (text.startsWith(OPENING)) {
      this.held = text.slice(OPENING.length);
      this.place = 'opened';
      return [];
    }
    if (OPENING.startsWith(text)) return [];
    this.place = 'done';
    return this.release('text');
  }

  private lookForClosing(): SaidPiece[] {
    const at = this.held.indexOf(CLOSING);
    if (at !== -1) {
      const thinking = this.held.slice(0, at);
      this.held = this.held.slice(at + CLOSING.length);
      this.place = 'behind';
      return thinking === '' ? [] : [{ kind: 'thinking', text: thinking }];
    }
    const shown = this.held.length - tagBeginning(this.held);
    const thinking = this.held.slice(0, shown);
    this.held = this.held.slice(shown);
    return thinking === '' ? [] : [{ kind: 'thinking', text: thinking }];
  }

  /** The line ends behind a tag belong to it. True once something else has come. */
  private skipLineEnds(): boolean {
    this.held = this.held.replace(/^[\r\n]+/, '');
    return this.held !== '';
  }

  private release(kind: SaidPiece['kind']): SaidPiece[] {
    const text = this.held;
    this.held = '';
    return text === '' ? [] : [{ kind, text }];
  }
}

/** How many characters at the end of the text begin the closing tag. */
function tagBeginning(text: string): number {
  for (let length = Math.min(CLOSING.length - 1, text.length); length > 0; length--) {
    if (CLOSING.startsWith(text.slice(-length))) return length;
  }
  return 0;
}
