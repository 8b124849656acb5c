import type { Config, WebhookConfig } from '../config/config.ts';
import type { Provider } from '../core/provider.ts';

/** How the circuit of a credential, or of one of its models, stands. */
type CircuitView = { state: string; reason: string | null; failures: number; cool_down_ms: number };

/** How a channel is, over all processes. */
export type ChannelHealthView = {
  name: string;
  drained: boolean;
  credentials: readonly (CircuitView & {
    name: string;
    drained: boolean;
    targets: readonly (CircuitView & { model: string })[];
  })[];
};

/** A public name, where requests for it go, and what is known of it. Prices are nano-USD per million tokens. */
export type ModelView = {
  name: string;
  display_name: string | null;
  policy: string;
  fallbacks: readonly string[];
  targets: readonly {
    channel: string;
    credential: string;
    upstream_model: string;
    priority: number;
    weight: number;
    price: Readonly<Record<string, number>> | null;
  }[];
  max_input_tokens: number | null;
  max_output_tokens: number | null;
  lifecycle: string | null;
  thinking: readonly string[];
  effort: readonly string[];
  structured_outputs: boolean | null;
};

/** What a channel was found to do. */
export type ChannelTestView = {
  model: string;
  ok: boolean;
  endpoints: readonly {
    dialect: string;
    path: string;
    probes: readonly { name: string; state: string; note: string | null }[];
  }[];
  cost: { calls: number; input_tokens: number; output_tokens: number };
  total_ms: number;
};

/** What the admin API needs to know and to try of upstreams; the server gives it, for only the gateway may speak to them. */
export type UpstreamDesk = {
  providers: readonly Provider[];
  /** The configuration of the file alone. */
  file(): Config;
  /** That in force. */
  current(): Config;
  /** Takes over at once what was just written; other processes follow within a second. Never rejects. */
  refresh(): Promise<void>;
  health(): Promise<readonly ChannelHealthView[]>;
  models(): readonly ModelView[];
  /**
   * Whether a channel may connect to a host that is written as an address. Names are checked when they are connected to.
   */
  isAddressAllowed(baseUrl: string): boolean;
  /** The model that a test asks when none is named; undefined when the channel serves only patterns of unknown models. */
  testModel(channel: string): string | undefined;
  /**
   * Probes a channel past the ledger, within the bounds of a test: `quick` asks for one greeting only.
   * Undefined when as many tests as may be are running.
   */
  test(channel: string, model: string, quick: boolean): Promise<ChannelTestView | undefined>;
  /** Posts a message to a webhook: the HTTP status that it answered, or why there is none. Never rejects. */
  tell(
    webhook: WebhookConfig,
    message: { headers: Record<string, string>; body: string },
  ): Promise<{ status: number } | { problem: string }>;
};
