import { isJsonObject, objectAt, stringAt } from '../../../core/json.ts';
import type { ContentBlock, MessagesRequest, Tool } from '../../../core/message.ts';

/** A tool call as the client knows the tool: under its own name, in its own form. */
export type CalledTool = {
  id: string;
  name: string;
  /** The namespace it was declared in, which only Responses has. */
  namespace: string | undefined;
  /** It takes a text, not arguments. */
  isFreeForm: boolean;
};

/** The tools of a request by their canonical names, to give calls the form in which the client declared them. */
export class CalledTools {
  private readonly tools: ReadonlyMap<string, Tool>;

  constructor({ tools = [] }: MessagesRequest) {
    this.tools = new Map(tools.map((tool) => [stringAt(tool, 'name') ?? '', tool]));
  }

  /** What a `tool_use` block calls; a tool that was not declared is taken for a function of that name. */
  find(block: ContentBlock): CalledTool {
    const name = stringAt(block, 'name') ?? '';
    const extra = objectAt(this.tools.get(name) ?? {}, 'extra') ?? {};
    return {
      id: stringAt(block, 'id') ?? '',
      name: stringAt(extra, 'name') ?? name,
      namespace: stringAt(extra, 'namespace'),
      isFreeForm: isJsonObject(extra['custom']),
    };
  }
}
