import type { LossSink } from '../../../core/dialect.ts';
import { isJsonObject, type Json, stringAt } from '../../../core/json.ts';

/** A web page that a text rests on: what OpenAI's `url_citation` says beside the place in the text. */
export type CitedPage = { url: string; title: string };

/** The pages that one text block cites; other kinds of citation cannot be expressed and are reported (`translation.md` §2). */
export class CitedPages {
  readonly all: CitedPage[] = [];
  private readonly report: LossSink;
  private readonly field: string;

  constructor(index: number, report: LossSink) {
    this.report = report;
    this.field = `answer.content.${index}.citations`;
  }

  add(citation: Json | undefined): void {
    const page = isJsonObject(citation) && citation['type'] === 'web_search_result_location' ? citation : {};
    const url = stringAt(page, 'url');
    if (url === undefined) this.report({ code: 'citations_dropped', field: this.field });
    else this.all.push({ url, title: stringAt(page, 'title') ?? '' });
  }
}
