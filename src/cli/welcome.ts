/** What the example of a fresh server needs; without a key it names a variable for one. */
export type CurlExample = { address: string; apiKey: string | undefined; model: string };

/** One line for a POSIX shell that asks a server for an answer: the curl example of the API document. */
export function curlExample({ address, apiKey, model }: CurlExample): string {
  const body = JSON.stringify({
    model,
    max_tokens: 1024,
    messages: [{ role: 'user', content: 'Hello, Claude!' }],
  });
  const headers = [
    'Content-Type: application/json',
    'anthropic-version: 2023-06-01',
    `x-api-key: ${apiKey ?? '$EZMODEL_API_KEY'}`,
  ];
  const quoted = headers.map((header) => `-H "${header}"`).join(' ');
  return `curl -X POST ${reachable(address)}/v1/messages ${quoted} -d '${body.replaceAll("'", "'\\''")}'`;
}

/** A server that listens on all addresses is called at this machine's own. */
function reachable(address: string): string {
  return address.replace('//0.0.0.0', '//127.0.0.1').replace('//[::]', '//[::1]');
}
