import type { Json, JsonObject } from '../../src/core/json.ts';

/** Something that a request can say: what it is shown as, the body that it is added to, and the fields that say it. */
export type Sample = { shown: string; given: JsonObject; says: JsonObject };

/** Samples under one heading. */
export type SampleGroup = { heading: string; samples: readonly Sample[] };

/** A sample that sets one top-level field; long values are shown as described. */
export function setting(given: JsonObject, field: string, value: Json, described?: string): Sample {
  return { shown: described ?? `\`${field}: ${JSON.stringify(value)}\``, given, says: { [field]: value } };
}

/** The JSON Schema of samples. */
export const SCHEMA: JsonObject = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
};

/** One pixel. */
export const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
export const PNG_URI = `data:image/png;base64,${PNG}`;
export const PDF = 'JVBERi0xLjQK';
export const PDF_URI = `data:application/pdf;base64,${PDF}`;
export const TEXT_URI = 'data:text/plain;base64,bm90ZXM=';
export const WEB_IMAGE = 'https://example.com/a.png';

/** A user id that is longer than OpenAI takes. */
export const LONG_USER = 'u'.repeat(100);
