/** What a scripted upstream has understood of a request, whatever its dialect. */
export type Asked = {
  model: string;
  stream: boolean;
  /** The text of all user turns, in order. */
  userTexts: string[];
  toolNames: string[];
  /** The texts that tools answered with, in order. */
  toolResults: string[];
  /** Assistant turns that called tools. */
  toolRounds: number;
  images: number;
  wantsSchema: boolean;
  /** Opaque reasoning state that came back, in order. */
  returnedStates: string[];
};

/** One tool call; `args` is JSON text. */
export type Call = { id: string; name: string; args: string };

/** What a scripted upstream answers, whatever its dialect. */
export type ModelAnswer = {
  /** Reasoning ahead of the rest, with the state that must come back while tools run. */
  thinking: { text: string; state: string } | undefined;
  text: string | undefined;
  calls: Call[];
  usage: { input: number; cached: number; output: number; reasoning: number };
};

/** What every scripted upstream bills. */
export const BILLED = { input: 100, cached: 40, output: 25, reasoning: 10 } as const;

/** What the last answer of the three tool rounds says. */
export const TOOL_STORY = 'Oslo 4, Bergen 5, Rome 6';

/** What a structured answer holds. */
export const STRUCTURED = { city: 'Oslo', degrees: 4 };

const ROUNDS: readonly (readonly string[])[] = [['Oslo', 'Bergen'], ['Rome']];

/**
 * Decides like a very small model: words of the first user turn say what to do (`weather`: three rounds with tools, two calls
 * in the first; `think`: reasoning first, whose state must come back).
 * @throws Error saying what the client should have sent back and did not.
 */
export function decide(asked: Asked): ModelAnswer {
  const first = asked.userTexts[0] ?? '';
  const thinks = first.includes('think');
  if (thinks) checkStates(asked);
  const thinking = thinks ? { text: thoughtOf(asked.toolRounds), state: stateOf(asked.toolRounds) } : undefined;
  const round = ROUNDS[asked.toolRounds];
  if (first.includes('weather') && asked.toolNames.includes('get_weather') && round) {
    const calls = round.map((city, index) => ({
      id: `call_${asked.toolRounds}_${index}_${'x'.repeat(16)}`,
      name: 'get_weather',
      args: JSON.stringify({ city }),
    }));
    return { thinking, text: asked.toolRounds === 0 ? 'Let me look.' : undefined, calls, usage: BILLED };
  }
  return { thinking, text: textFor(asked), calls: [], usage: BILLED };
}

function textFor(asked: Asked): string {
  if (asked.wantsSchema) return JSON.stringify(STRUCTURED);
  if (asked.toolResults.length > 0) return asked.toolResults.join(', ');
  if (asked.images > 0) return `I see ${asked.images} picture(s).`;
  return `You said: ${asked.userTexts.at(-1) ?? ''}`;
}

/** The reasoning of a round. */
export function thoughtOf(round: number): string {
  return `Thought ${round}.`;
}

/** The opaque state of a round, as the upstream makes it. */
export function stateOf(round: number): string {
  return `T3BhcXVlU3RhdGVPZlJvdW5k${round}AA==`;
}

function checkStates({ toolRounds, returnedStates }: Asked): void {
  const wanted = Array.from({ length: toolRounds }, (_, round) => stateOf(round));
  if (returnedStates.join() !== wanted.join()) {
    throw new Error(`reasoning state: expected ${wanted.join() || 'none'}, got ${returnedStates.join() || 'none'}`);
  }
}
