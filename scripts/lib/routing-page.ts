import { FAILURE_CLASSES, type FailureClass } from '../../src/routing/failure-class.ts';
import { CIRCUIT_RULES } from '../../src/routing/health.ts';
import { OPTIONAL_FIELDS } from '../../src/routing/optional-features.ts';
import { RETRY_LAW } from '../../src/routing/retry-law.ts';
import { table } from './markdown.ts';

const INTRODUCTION = `# Routing

Made by \`npm run routing-docs\` from the tables in \`src/routing\`; a test fails when it is stale.

A request names a public model. Its **targets** are a channel, one of the channel's credentials, and the name of the model there.
They are put in order once, then tried one after the other until one answers; nothing of this reaches the client before the first
content of an answer, and nothing is tried again after it.

## Targets

\`\`\`yaml
channels:
  - name: main
    provider: anthropic
    credentials:                           # or api_key: one, or api_keys: several without names
      - { name: first, api_key: "\${KEY_1}", weight: 3 }
      - { name: second, api_key: "\${KEY_2}", limits: { concurrent: 20, requests_per_minute: 300 } }  # of each process
    priority: 0                            # lower goes first
    weight: 2                              # share among channels of equal priority; its credentials divide it
    state: active                          # drain: takes no new requests, and finishes those it has
  - { name: spare, provider: openrouter, api_key: "\${KEY_3}", models: { "claude-*": anthropic/claude-opus-5.5 }, priority: 1 }

models:                                    # optional: public names that have a route of their own
  smart: { model: claude-opus-5-5 }        # stands for another name, wherever that goes
  cheap:
    policy: least-cost
    targets:                               # all there are
      - { channel: main, model: claude-haiku-5-5 }
      - { channel: spare, model: anthropic/claude-haiku-5.5, weight: 1, priority: 0 }

fallbacks:                                 # optional: who stands in when no target of a model answers; patterns may be used
  smart: [claude-sonnet-5-5, cheap]        # left out where the key may not use them

routing:                                   # optional; these are the defaults
  policy: priority-weighted
  affinity: true
  affinity_ttl: 5m
  max_attempts: 4
  tries_per_target: 2
  total_time: 120s
  retry_budget: 0.2
  max_retry_after: 2s
  beta_memory: 1h
  hedging: { enabled: false, after: p95, floor: 500ms, max_share: 0.05 }  # also in a route, key by key
\`\`\`

## Order

1. The targets of the credential that **holds the state** which the request carries, in whatever tier.
2. The target that the session had last (**affinity**), unless it is unhealthy or drained.
3. The other targets of the model, tier by tier (\`priority\`), and inside a tier as the policy says.
4. The models that stand in for it, each in the same way.

Unhealthy targets are left out, as the reason of the first attempt tells (\`ezmodel exchange ID\`); when all are unhealthy they are asked nevertheless, the one that recovers soonest first. What is
drained is never asked. Where a policy finds targets equal, those that speak the client's own dialect go before those that need
conversion, and their weights decide about the rest.

| policy | inside a tier |
|---|---|
| \`priority-weighted\` | by lot: each target is first as often as its weight says |
| \`least-latency\` | of two drawn by lot the one with the shorter expected wait: peak-EWMA of the times to the first event, times the calls that are out |
| \`least-cost\` | cheapest first, those without a price last |
| \`least-busy\` | fewest calls out for its weight first |

## Affinity

Upstreams keep the prompt of a session for five minutes or an hour, per account. So a session stays with its credential: that is
where its next request is cheap. A session is told by \`x-session-affinity\`, \`x-claude-code-session-id\`, \`session-id\`,
\`x-session-id\`, \`session_id\` or \`thread-id\` among the headers; by \`prompt_cache_key\`, \`metadata.user_id\` (Claude Code's
\`session_id\` in it) or \`session_id\` in the body; else by a hash of what stays the same in it: system without the client's
attribution line, tools, first user turn. That hash counts only from 4,096 characters on: below about 1,024 tokens no upstream
caches, and such requests are better spread. Sessions of two keys never meet. The stay lasts \`affinity_ttl\` from the last request,
or an hour where the request asks for the cache of an hour. When the target fails, the session moves once, and stays where it has
moved to. Where it begins is drawn from its name: workers and nodes that know nothing of each other choose the same target for it
(as long as the policy goes by weights or prices), and over many sessions the weights hold.

## State that one account holds

Some of what a request carries was made by an upstream for itself: signatures of thinking, encrypted reasoning (also where the gateway
has sealed it for a client of another API), the message that a \`thread\` goes on from, a \`container\`, files that a tool has written. A
request that carries it goes to the credential that made it, with affinity or without, in whatever session; the reason of its attempt
says \`holds the state (reasoning)\`. The gateway knows it by a short digest of the state, kept in memory for a day, for the latest
100,000 states, per project: a project is never led by the state of another. After a restart it is not known, and the order is the usual.

- **Reasoning** may be taken by other accounts of the same vendor: when its holder cannot be used or fails, they are asked as usual. One
  that refuses it fails as \`state_refused\`; thinking is never cut out of a conversation to please it.
- **Threads, containers and files** lie with one account alone: nobody else is asked. When it is drained or fails, the error says so and
  names the field.
- \`previous_response_id\`, \`conversation\` and stored prompts are refused: the whole conversation is to be sent.

## Retries

Each failure is of one class. The law says where the next attempt may go, best first; the first that there is, is taken.`;

const AFTER_LAW = `- **Same target, at once**: only after its first failure.
- **Same target, after a wait**: \`tries_per_target\` attempts at most. The wait is the upstream's \`retry-after\` and a random part of
  0.5 s (1 s, 2 s … 8 s after further failures); a \`retry-after\` above \`max_retry_after\`, or \`x-should-retry: false\`, is passed on instead.
- **Same target, without what it refused**: see below. That is another request and no retry: it counts neither as an attempt nor against
  the budget, and there are eight at most.
- **Other credential**: same channel, same upstream model. **Next target**: another channel or upstream model of the same public
  name. **Next model**: \`fallbacks:\`. None of these waits.
- A request makes \`max_attempts\` attempts at most, and begins none after \`total_time\`.
- **Retry budget**: at one time at most \`retry_budget\` of the live requests are retries (three always may); more wait for their turn.
  A retry that succeeds costs nothing. One that fails is paid for out of what requests earn, a twentieth each: when everything fails,
  1,000 requests make at most 1,100 attempts.

## Hedging

With \`hedging: { enabled: true }\`, in \`routing\` or in the route of a model, a second attempt is begun beside a slow one: at the next
healthy target of the same public name, under another credential or in another channel. The first content has the client; the other
attempt is cancelled in the same moment. For a whole answer that is the first that is complete. A client that goes ends both.

- \`after\` says how long the first may be silent: \`p95\` is as long as 19 of 20 of its last 100 answers took at most, streams and whole
  answers apart, and begins once 20 are known; or a duration. It is never sooner than \`floor\`.
- At most \`max_share\` of a model's requests are hedged over a minute (one a minute always may be), and each is a retry to the retry
  budget and counts in \`max_attempts\`; only one that fails is paid for there.
- It costs what both attempts use. Each has its row: that of the second says \`hedge after 800 ms of main\`, the one that was outrun
  has the error \`hedged_out\` and is charged for what the upstream had said, else for its estimated prompt. \`x-ezmodel-route\` names
  both. \`/metrics\` counts what was begun, what won and what it cost.
- For health an attempt that was outrun is no failure; for its target's times it counts as having taken that long at least.

## Health

Unless a channel has a \`health_check\`, nothing is asked only to see whether it lives: health is learnt from the requests that are made. Failures in a row open the circuit
of the target, or of the credential for all its models; after the cool-down a single request is let through as a probe, and its first
event closes the circuit. Each cool-down is twice as long as the one before. A \`retry-after\` makes it longer, up to 10 minutes. A
refusal of the request itself shows that the upstream is alive; a client that goes away shows nothing. A credential whose key is
changed in the configuration starts afresh.

### Active checks

\`health_check: { interval: 30s, timeout: 5s }\` on a channel (these are the defaults; without the key there are no checks) asks its
upstream now and then, with each credential, by a GET for the list of models; \`path\` asks for something else, \`model\` for that one
model. \`when: open\` asks only while a circuit of the credential is not closed. No upstream bills any of this, so nothing of it is in
the ledger; there is no check that makes a model answer, since one that is billed would be spending that nobody asked for. An answer
closes circuits that were opened by a refused credential, a missing model (where the check names one that the account has), a lost or
refused connection, or by a check. It proves nothing about overload, limits and credit: those end with their cool-down and the first
request that works. A failure opens the circuit of the credential by the rules below; an upstream that has no list of models (404, 400)
is left as it was, and counted in \`ezmodel_health_checks_total{result="unsupported"}\`.

### By hand

\`ezmodel channels drain NAME\`, \`undrain\`, and how each circuit stands: [operations](operations.md#channels).`;

const REFUSED = `## What an upstream refuses

An upstream that refuses a value of \`anthropic-beta\`, or an optional field, gets the request again at once without it, before the
client has heard anything. Relayed bytes change in nothing else. Nothing is left out before the upstream has refused it, and only what
it has named; where its words name no value (\`invalid beta flag\`), all betas of the request. What was learnt counts for this channel,
address and upstream model, also after a restart, for \`beta_memory\`; then it is sent again.

- \`ezmodel channels betas [NAME]\` lists it. The reason of an attempt says what it goes without, \`x-ezmodel-losses\` tells the client
  (\`beta_refused\`, \`field_refused\`), \`ezmodel_features_left_out_total\` and \`ezmodel_refused_features\` count.
- With \`x-ezmodel-strict: true\` nothing is left out: the upstream's refusal is the answer, unless another target takes the request.
- A refused *value* of a field, or a field that is not in this list, is told as the upstream tells it.

Fields that may be left out:`;

function optionalFields(): string {
  return Object.keys(OPTIONAL_FIELDS)
    .map((name) => `\`${name}\``)
    .join(', ');
}

/** `docs/routing.md`. */
export function renderRouting(): string {
  return `${[INTRODUCTION, lawTable(), AFTER_LAW, healthTable(), REFUSED, `${optionalFields()}.`].join('\n\n')}\n`;
}

const CLASSES = Object.entries(FAILURE_CLASSES);

function lawTable(): string {
  const rows = CLASSES.map(([name, { text }]) => [`\`${name}\``, text, stepsOf(name)]);
  return table(['class', 'failure', 'what follows'], rows).join('\n');
}

const PACES = { once: 'at once', 'after-wait': 'after a wait', 'without-refused': 'without what it refused' };

function stepsOf(name: string): string {
  const steps = lawOf(name).map((step, index) => {
    const where = step.where.replace('-', ' ');
    return `${index + 1}. ${step.where === 'same-target' ? `${where}, ${PACES[step.pace]}` : where}`;
  });
  return steps.length === 0 ? 'the client is told' : steps.join(' ');
}

function lawOf(name: string): (typeof RETRY_LAW)[FailureClass] {
  return isClass(name) ? RETRY_LAW[name] : [];
}

function healthTable(): string {
  const rows = CLASSES.flatMap(([name, { blames }]) => {
    const rule = isClass(name) ? CIRCUIT_RULES[name] : undefined;
    if (!rule) return [];
    return [[`\`${name}\``, blames, String(rule.threshold), spanOf(rule.coolDown), spanOf(rule.longest)]];
  });
  return table(['class', 'opens the circuit of the', 'failures in a row', 'cool-down', 'longest'], rows).join('\n');
}

function isClass(name: string): name is FailureClass {
  return Object.hasOwn(FAILURE_CLASSES, name);
}

function spanOf(ms: number): string {
  return ms < 60_000 ? `${ms / 1_000} s` : `${ms / 60_000} min`;
}
