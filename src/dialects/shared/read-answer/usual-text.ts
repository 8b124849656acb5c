/** Frames that are learnt from in one stream: an upstream that spells every frame differently need not be learnt from for ever. */
const LESSONS = 8;

/** A JSON string without quotation marks, escapes and control characters spells itself. */
const PLAIN = /^[ !#-[\]-\uffff]*$/;

/**
 * Most upstreams spell all frames of a text alike but for its words. What stands before and behind them is then compared instead
 * of read: a frame that has both says the same as the one before, with another text. One per stream.
 */
export class UsualText {
  private before = '';
  private behind = '';
  private lessons = LESSONS;

  /** The text of a frame that differs from the one learnt from in nothing else; undefined for any other, and for no text. */
  textOf(data: string): string | undefined {
    const { before, behind } = this;
    const isUsual =
      before !== '' && data.length > before.length + behind.length && data.startsWith(before) && data.endsWith(behind);
    return isUsual ? readString(data.slice(before.length, data.length - behind.length)) : undefined;
  }

  /**
   * A frame has been read, and says this text and nothing that counts twice.
   * @param read tells the text of a frame: it says whether the right place has been found.
   */
  learn(data: string, text: string, read: (data: string) => string | undefined): void {
    if (this.lessons === 0) return;
    this.lessons -= 1;
    const spelled = JSON.stringify(text);
    const at = data.lastIndexOf(spelled);
    if (at === -1) return;
    const before = data.slice(0, at + 1);
    const behind = data.slice(at + spelled.length - 1);
    const other = `${text}.`;
    if (read(before + JSON.stringify(other).slice(1, -1) + behind) !== other) return;
    this.before = before;
    this.behind = behind;
  }
}

/** What stands between the quotation marks of a JSON string; undefined when it is not all one string. */
function readString(spelled: string): string | undefined {
  if (PLAIN.test(spelled)) return spelled;
  try {
    const text: unknown = JSON.parse(`"${spelled}"`);
    return typeof text === 'string' ? text : undefined;
  } catch {
    return undefined;
  }
}
