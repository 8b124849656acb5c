import type { Answering, CodecTools, FormattedRequest, ParsedRequest } from '../core/dialect.ts';
import { GatewayError } from '../core/error.ts';
import { isJsonObject, type JsonObject } from '../core/json.ts';
import { LOSSES, type Loss } from '../core/loss.ts';
import { parseLosslessly } from '../core/lossless-json.ts';
import type { OpaqueState } from '../core/opaque.ts';
import type { ClientCall } from './call.ts';
import { ConvertingTap } from './converting-tap.ts';
import { estimateTokens } from './estimate-tokens.ts';
import { type FetchMedia, inlineMedia } from './inline-media.ts';
import { type Passage, type PassageParts, relayPassage } from './passage.ts';
import type { TargetEndpoint } from './target-endpoint.ts';

/** The request header that turns every loss into a refusal (law Loss). */
export const STRICT_HEADER = 'x-ezmodel-strict';

type Destination = Omit<PassageParts, 'call'>;

/** What passages are made with. */
export type PassagesParts = { tools: CodecTools; fetchMedia: FetchMedia };

/** The passages of one exchange: a request that must be converted is parsed once, and formed once for each target. */
export class Passages {
  private readonly call: ClientCall;
  private readonly parts: PassagesParts;
  private parsed: ParsedRequest | undefined;

  constructor(call: ClientCall, parts: PassagesParts) {
    this.call = call;
    this.parts = parts;
  }

  /**
   * The passage to a target: as the same bytes where it speaks the client's dialect, else converted.
   * @throws GatewayError `invalid_request` naming what the target cannot take, or what a strict caller would lose.
   */
  async passageTo(destination: Destination): Promise<Passage> {
    const { call, parts } = this;
    if (destination.endpoint.dialect.id !== call.dialect.id) return this.convertTo(destination);
    return relayPassage({ call, ...destination }, parts.tools.envelope);
  }

  private async convertTo({ endpoint, upstreamModel, publicModel, onState }: Destination): Promise<Passage> {
    const { call } = this;
    const losses: Loss[] = [];
    const tools = tellingOf(this.parts.tools, onState);
    const { body, reading } = await this.formatFor(endpoint, upstreamModel, { tools, sink: losses });
    const answering = this.answeringAs(publicModel, tools, losses);
    const { client } = endpoint.dialect;
    const { server } = call.dialect;
    return {
      upstream: endpoint.dialect,
      body,
      headers: call.headers,
      isRelay: false,
      losses,
      tap: () =>
        new ConvertingTap({
          requestId: call.requestId,
          decoder: client.streamDecoder({ ...reading, estimatedInput: estimateTokens(call.parsed) }),
          encoder: server.streamEncoder(answering),
        }),
      takeWhole: (answer) => {
        const { message, usage } = client.parseResponse(answer, reading);
        return { usage, bytes: server.formatResponse(message, answering) };
      },
    };
  }

  private async formatFor(
    endpoint: TargetEndpoint,
    upstreamModel: string,
    { tools, sink }: { tools: CodecTools; sink: Loss[] },
  ): Promise<FormattedRequest> {
    const { call, parts } = this;
    const { request, losses } = this.parse();
    const inlined = endpoint.quirks.imageUrls ? { request, losses: [] } : await inlineMedia(request, parts.fetchMedia);
    const formatted = endpoint.dialect.client.formatRequest(inlined.request, {
      model: upstreamModel,
      provider: endpoint.provider.id,
      facts: endpoint.facts,
      quirks: endpoint.quirks,
      operation: call.operation,
      tools,
      report: (loss) => sink.push(loss),
    });
    const lost = [...losses, ...inlined.losses, ...formatted.losses];
    if (call.headers[STRICT_HEADER] === 'true') refuseLosses(lost);
    sink.push(...lost);
    return formatted;
  }

  private parse(): ParsedRequest {
    const { dialect, operation } = this.call;
    this.parsed ??= dialect.server.parseRequest(readBody(this.call), operation, this.parts.tools);
    return this.parsed;
  }

  private answeringAs(model: string, tools: CodecTools, sink: Loss[]): Answering {
    return {
      request: this.parse().request,
      body: this.call.parsed,
      model,
      tools,
      report: (loss) => sink.push(loss),
    };
  }
}

/** The tools of codecs, telling of each state that is sealed: so do answers that are converted carry it. */
function tellingOf(tools: CodecTools, onState: Destination['onState']): CodecTools {
  const { envelope } = tools;
  const seal = (state: OpaqueState) => {
    const text = envelope.seal(state);
    onState(text);
    return text;
  };
  return { ...tools, envelope: { seal, open: (text) => envelope.open(text) } };
}

/** The body with the numbers of tools as they were written: here it is going to be written anew (P115). */
function readBody({ body, parsed }: ClientCall): JsonObject {
  const lossless = parseLosslessly(DECODER.decode(body));
  return isJsonObject(lossless) ? lossless : parsed;
}

const DECODER = new TextDecoder();

function refuseLosses(losses: readonly Loss[]): void {
  const [first] = losses;
  if (!first) return;
  const { code, field } = first;
  throw new GatewayError('invalid_request', `${field}: ${LOSSES[code].text} (${code}; ${STRICT_HEADER} is set)`, {
    field,
    code,
  });
}
