import { objectAt, stringAt } from '../../../core/json.ts';
import type { ContentBlock, Message, MessagesRequest } from '../../../core/message.ts';
import { parseObject } from '../grammar/reading.ts';
import type { MessageAnswer, Probe, Step, Verdict } from '../probe.ts';
import { failed, ok, skipped, whenAnswered, whenAnsweredAgain } from '../verdict.ts';
import { askFor, callsOf, goOn, resultsFor, TOOLS } from './ask-for.ts';

const WEATHER = 'Call get_weather to look up the weather in Oslo.';

const ONE_TOOL = askFor(WEATHER, { stream: true, tools: [TOOLS.weather] });

/** A streamed call with arguments that fit its schema, and its result given back. */
export const TOOL_CALL: Probe = {
  name: 'tools',
  supported: ({ quirks }) => quirks.tools,
  // Forced where the model takes that; elsewhere the codec says `auto`.
  request: () => ({ form: 'stream', message: { ...ONE_TOOL, tool_choice: { type: 'any' } } }),
  judge: (answer) =>
    whenAnswered(answer, (called) => {
      if (callsOf(called.message).length === 0) return failed('no tool was called');
      return faultOfCalls(called) ?? giveResults(ONE_TOOL, called.message, 'the result of a tool');
    }),
};

const TWO_TOOLS = askFor('Call get_weather and get_time for Oslo, both at once, to learn its weather and its time.', {
  stream: true,
  tools: [TOOLS.weather, TOOLS.time],
});

/** Two calls in one turn, and both results given back. */
export const PARALLEL_TOOLS: Probe = {
  name: 'parallel tools',
  supported: ({ quirks }) => quirks.tools,
  request: () => ({ form: 'stream', message: TWO_TOOLS }),
  judge: (answer) =>
    whenAnswered(answer, (called) => {
      const ids = callsOf(called.message).map((call) => stringAt(call, 'id'));
      if (ids.length < 2) return skipped(`the model made ${ids.length === 1 ? 'one call' : 'no call'} at a time`);
      return faultOfCalls(called) ?? giveResults(TWO_TOOLS, called.message, 'the results of two tools');
    }),
};

/** The step that gives a result for every call of an answer; `what` names it in a refusal. */
export function giveResults(request: MessagesRequest, called: Message, what: string): Step {
  return mustBeTaken(goOn(request, called, resultsFor(called, '4 degrees, 12:00')), what);
}

/** The step that goes on with a conversation, whatever is then answered; `what` names it in a refusal. */
export function mustBeTaken(request: MessagesRequest, what: string): Step {
  return {
    request: { form: 'whole', message: { ...request, stream: false } },
    judge: (answer) => whenAnsweredAgain(what, answer, () => ok()),
  };
}

function faultOfCalls({ message, wire }: MessageAnswer): Verdict | undefined {
  const broken = wire?.argumentTexts.find((text) => text.trim() !== '' && !parseObject(text));
  if (broken !== undefined) return failed(`arguments that are no JSON object: ${broken}`);
  const misfit = callsOf(message).find((call) => !fits(call));
  return misfit && failed(`a call that does not fit its tool: ${misfit['name']} ${JSON.stringify(misfit['input'])}`);
}

const NAMES: ReadonlySet<unknown> = new Set(Object.values(TOOLS).map(({ name }) => name));

function fits(call: ContentBlock): boolean {
  return NAMES.has(call['name']) && stringAt(objectAt(call, 'input') ?? {}, 'city') !== undefined;
}
