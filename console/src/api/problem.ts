/** A field that the server refused, and how. */
export type FieldProblem = { field: string; message: string };

/** A failure as the admin API (RFC 9457) or the data plane answered it. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  /** 0: no answer came. */
  readonly status: number;
  readonly code: string;
  readonly fields: readonly FieldProblem[];
  readonly requestId: string | undefined;

  constructor(status: number, code: string, message: string, fields: readonly FieldProblem[], requestId?: string) {
    super(message);
    this.status = status;
    this.code = code;
    this.fields = fields;
    this.requestId = requestId;
  }
}

/** A failed answer as a problem; bodies of any shape are tolerated. */
export async function readProblem(response: Response): Promise<ApiProblem> {
  const text = await response.text().catch(() => '');
  const body = toRecord(parse(text));
  const nested = toRecord(body['error']);
  const message = textOf(body['detail']) ?? textOf(nested['message']) ?? `HTTP ${response.status}`;
  const code = textOf(body['code']) ?? textOf(nested['type']) ?? String(response.status);
  const id = textOf(body['request_id']) ?? response.headers.get('request-id') ?? undefined;
  return new ApiProblem(response.status, code, message, fieldsOf(body['errors'], message), id);
}

/** Some refusals name their field only in the text: `role: is above your own`. */
function fieldsOf(errors: unknown, message: string): FieldProblem[] {
  if (Array.isArray(errors)) {
    return errors.map(toRecord).map(({ field, message: text }) => ({
      field: textOf(field) ?? '',
      message: textOf(text) ?? '',
    }));
  }
  const named = /^([a-z_.]+): (.+)$/s.exec(message);
  return named ? [{ field: named[1] ?? '', message: named[2] ?? '' }] : [];
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function toRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
