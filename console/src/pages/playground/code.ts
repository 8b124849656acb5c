import { shellText } from '../../clients/lines.ts';
import type { Run } from './run.ts';

/** The same request for a shell; the key is a variable, not the one of the page. */
export function asCurl({ path, request }: Run, baseUrl: string): string {
  return [
    `curl ${baseUrl}${path} \\`,
    `  -H "authorization: Bearer $EZMODEL_API_KEY" \\`,
    `  -H 'anthropic-version: 2023-06-01' \\`,
    `  -H 'content-type: application/json' \\`,
    `  --no-buffer -d '${shellText(request)}'`,
  ].join('\n');
}

/** The same request with the official SDK of its format, in TypeScript. */
export function asTypeScript({ dialect, request }: Run, baseUrl: string): string {
  const isMessages = dialect === 'messages';
  const call = { messages: 'messages.create', chat: 'chat.completions.create', responses: 'responses.create' }[dialect];
  return `${isMessages ? "import Anthropic from '@anthropic-ai/sdk';" : "import OpenAI from 'openai';"}

const client = new ${isMessages ? 'Anthropic' : 'OpenAI'}({
  apiKey: process.env.EZMODEL_API_KEY,
  baseURL: '${baseUrl}${isMessages ? '' : '/v1'}',
});

const answer = await client.${call}(${request});
${request.includes('"stream": true') ? 'for await (const event of answer) console.log(event);' : 'console.log(answer);'}`;
}

/** The same request with the official SDK of its format, in Python. */
export function asPython({ dialect, request }: Run, baseUrl: string): string {
  const isMessages = dialect === 'messages';
  const call = { messages: 'messages.create', chat: 'chat.completions.create', responses: 'responses.create' }[dialect];
  return `import json, os
from ${isMessages ? 'anthropic import Anthropic' : 'openai import OpenAI'}

client = ${isMessages ? 'Anthropic' : 'OpenAI'}(
    api_key=os.environ["EZMODEL_API_KEY"],
    base_url="${baseUrl}${isMessages ? '' : '/v1'}",
)

request = json.loads(r'''${request}''')
answer = client.${call}(**request)
${request.includes('"stream": true') ? 'for event in answer:\n    print(event)' : 'print(answer)'}`;
}
