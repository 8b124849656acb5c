import { isJsonObject, type JsonObject, objectAt, stringAt } from '../../../core/json.ts';
import type { MessagesRequest } from '../../../core/message.ts';
import type { PlainOutput } from '../../../core/plain-request.ts';
import { refuse } from '../fields.ts';
import type { Reduction } from './reduction.ts';
import { fitsStrictSubset } from './strict-subset.ts';

/** OpenAI's formats demand a name for the schema; Messages has none (`translation.md` §4). */
const NAME = 'output';

/** @throws GatewayError `invalid_request` for a form that the target cannot hold its answers to. */
export function plainOutput(request: MessagesRequest, reduction: Reduction): PlainOutput | undefined {
  const extra = objectAt(request, 'extra') ?? {};
  const [format, field] = formatOf(request);
  if (format !== undefined) return jsonSchema(format, extra, field, reduction);
  if (extra['json_object'] !== true) return undefined;
  if (!reduction.target.quirks.jsonObject) refuse('response_format', 'not supported by this model');
  return { type: 'json_object' };
}

/** `output_format` is the old place (`anthropic-surface.md` §4). */
function formatOf(request: MessagesRequest): [format: JsonObject | undefined, field: string] {
  const format = objectAt(objectAt(request, 'output_config') ?? {}, 'format');
  return format ? [format, 'output_config.format'] : [objectAt(request, 'output_format'), 'output_format'];
}

function jsonSchema(format: JsonObject, extra: JsonObject, field: string, { target }: Reduction): PlainOutput {
  if (format['type'] !== 'json_schema') refuse(`${field}.type`, 'must be json_schema');
  const { schema } = format;
  if (!isJsonObject(schema)) return refuse(`${field}.schema`, 'must be an object');
  if (!target.quirks.jsonSchema) refuse(field, 'not supported by this model');
  const strict = extra['schema_strict'];
  return {
    type: 'json_schema',
    schema,
    name: stringAt(extra, 'schema_name') ?? NAME,
    description: stringAt(extra, 'schema_description'),
    strict: typeof strict === 'boolean' ? strict : fitsStrictSubset(schema),
  };
}
