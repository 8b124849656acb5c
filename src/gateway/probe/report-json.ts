import type { ChannelReport } from './run-probes.ts';

/** What a channel was found to do, for programs. */
export type ReportJson = {
  model: string;
  ok: boolean;
  endpoints: { dialect: string; path: string; probes: { name: string; state: string; note: string | null }[] }[];
  cost: { calls: number; input_tokens: number; output_tokens: number };
};

/** A report for programs; `ok` when no probe failed. */
export function reportJson({ model, endpoints, tally }: ChannelReport): ReportJson {
  return {
    model,
    ok: endpoints.every(({ probes }) => probes.every(({ state }) => state !== 'failed')),
    endpoints: endpoints.map(({ dialect, path, probes }) => ({
      dialect,
      path,
      probes: probes.map(({ name, state, note }) => ({ name, state, note: note ?? null })),
    })),
    cost: { calls: tally.calls, input_tokens: tally.inputTokens, output_tokens: tally.outputTokens },
  };
}
