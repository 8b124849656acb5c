/** The code by which OpenAI's clients know that a prompt is too long (`translation.md` §12). */
export const CONTEXT_LENGTH_CODE = 'context_length_exceeded';

/** What Messages clients look for at the start of the message, to compact their history (`clients.md` §4). */
const PROMPT_TOO_LONG = 'prompt is too long';

/** Codes and types of vendors that say it. */
const CODES: ReadonlySet<string> = new Set([CONTEXT_LENGTH_CODE, 'exceed_context_size_error']);

/** Their wordings: OpenAI Chat and Responses, vLLM, llama.cpp, Gemini, Anthropic. */
const WORDINGS: readonly RegExp[] = [
  /maximum context length/i,
  /exceeds? (?:the|its|this model's) (?:available )?context (?:size|window|length)/i,
  /context length exceeded/i,
  /input token count\b.{0,40}\bexceeds the maximum/i,
  /^prompt is too long/i,
];

/** Where the wordings name the length of the prompt and the limit. */
const FIGURES: readonly { pattern: RegExp; length: number; limit: number }[] = [
  {
    pattern:
      /maximum context length is (\d+) tokens?\D{0,60}?(?:requested|resulted in|has|contains)(?: at least)? (\d+)/i,
    length: 2,
    limit: 1,
  },
  { pattern: /request \((\d+) tokens\) exceeds the available context size \((\d+)/i, length: 1, limit: 2 },
  {
    pattern: /input token count \(?(\d+)\)? exceeds the maximum number of tokens allowed \(?(\d+)/i,
    length: 1,
    limit: 2,
  },
];

/** Whether an error means that the prompt does not fit into the model's context. */
export function isContextLengthError(words: readonly (string | undefined)[], text: string): boolean {
  return words.some((word) => CODES.has(word ?? '')) || WORDINGS.some((wording) => wording.test(text));
}

/** The same in the words that every client knows, the upstream's own behind them (P41). */
export function promptTooLong(message: string): string {
  if (message.toLowerCase().startsWith(PROMPT_TOO_LONG)) return message;
  for (const { pattern, length, limit } of FIGURES) {
    const match = pattern.exec(message);
    if (match) return `${PROMPT_TOO_LONG}: ${match[length]} tokens > ${match[limit]} maximum (${message})`;
  }
  return message === '' ? PROMPT_TOO_LONG : `${PROMPT_TOO_LONG}: ${message}`;
}
