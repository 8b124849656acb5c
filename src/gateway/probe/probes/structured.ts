import { numberAt, stringAt } from '../../../core/json.ts';
import { parseObject } from '../grammar/reading.ts';
import type { Probe } from '../probe.ts';
import { failed, ok, skipped, whenAnswered } from '../verdict.ts';
import { askFor, textOf } from './ask-for.ts';

const SCHEMA = {
  type: 'object',
  properties: { city: { type: 'string' }, degrees: { type: 'integer' } },
  required: ['city', 'degrees'],
  additionalProperties: false,
};

/** An answer held to a JSON Schema. */
export const STRUCTURED_OUTPUT: Probe = {
  name: 'structured output',
  supported: ({ dialect, quirks, facts }) =>
    (dialect.id === 'anthropic-messages' ? facts?.rules.structuredOutputs : undefined) ?? quirks.jsonSchema,
  request: () => ({
    form: 'whole',
    message: askFor('It is 4 degrees in Oslo. Put that into JSON.', {
      output_config: { format: { type: 'json_schema', schema: SCHEMA } },
    }),
  }),
  judge: (answer) =>
    whenAnswered(answer, ({ message }) => {
      if (message.stop_reason === 'max_tokens') return skipped('the limit was reached before the end of the JSON');
      const text = textOf(message);
      const value = parseObject(text);
      const fits = value && stringAt(value, 'city') !== undefined && numberAt(value, 'degrees') !== undefined;
      return fits ? ok() : failed(`an answer that does not fit the schema: ${text.slice(0, 80)}`);
    }),
};
