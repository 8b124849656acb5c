import { readProblem } from './problem.ts';

/** What the holder of a key may know of it (`GET /v1/ezmodel/key`). Money is nano-USD, times are Unix ms. */
export type KeyStatus = {
  id: string;
  name: string;
  project: string;
  tags: string[];
  expires_at: number | null;
  models: { id: string; nano_usd_per_million_tokens: Record<string, number> | null }[];
  limits: { scope: string; models: string; measure: string; limit: number; remaining: number; resets_in_ms: number }[];
  budgets: {
    name: string;
    period: string;
    hard: boolean;
    amount_nano_usd: number;
    spent_nano_usd: number;
    reserved_nano_usd: number;
    left_nano_usd: number;
    resets_at: number | null;
  }[];
  spent_nano_usd: { today: number; this_month: number };
  spend_by_day: { at: number; requests: number; cost_nano_usd: number }[];
  recent: {
    id: string;
    at: number;
    model: string;
    status: string;
    error_kind: string | null;
    duration_ms: number | null;
    cost_nano_usd: number | null;
    input_tokens: number;
    output_tokens: number;
  }[];
};

/** Calls the gateway as its clients do, with a key. Answers of any status are given back; rejects when none comes. */
export function callGateway(path: string, key: string, body?: unknown, signal?: AbortSignal): Promise<Response> {
  return fetch(path, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      authorization: `Bearer ${key}`,
      'anthropic-version': '2023-06-01',
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    credentials: 'omit',
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    ...(signal && { signal }),
  });
}

/** Reads what a key may know of itself. Rejects with ApiProblem. */
export async function readKeyStatus(key: string, signal?: AbortSignal): Promise<KeyStatus> {
  const response = await callGateway('/v1/ezmodel/key', key, undefined, signal);
  if (!response.ok) throw await readProblem(response);
  const status: KeyStatus = await response.json();
  return status;
}

/** The models that a key may ask for, those with a price first: one of them is what a form begins with. Rejects with ApiProblem. */
export async function listModels(key: string, signal?: AbortSignal): Promise<string[]> {
  return pricedFirst((await readKeyStatus(key, signal)).models).map(({ id }) => id);
}

/** Models, those with a price first. */
export function pricedFirst(models: KeyStatus['models']): KeyStatus['models'] {
  const isUnpriced = (model: KeyStatus['models'][number]) => Number(model.nano_usd_per_million_tokens === null);
  return models.toSorted((one, other) => isUnpriced(one) - isUnpriced(other));
}
