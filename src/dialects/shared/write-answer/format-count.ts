/** Tokens of a prompt, as the `input_tokens` path of Responses tells them; Chat Completions has no words of its own for it. */
export function formatCount(inputTokens: number): Uint8Array {
  return Buffer.from(JSON.stringify({ object: 'response.input_tokens', input_tokens: inputTokens }));
}
