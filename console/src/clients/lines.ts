/** What a client needs to reach the gateway. */
export type ClientSetup = {
  /** Such as `http://127.0.0.1:8787`, without a path. */
  baseUrl: string;
  apiKey: string;
  model: string;
};

/** Lines to copy: what they set up, and where they go when not into a shell. */
export type ClientLines = { id: string; name: string; file: string | undefined; code: string };

/** The lines for each client, filled in; as in `docs/clients.md`. */
export function clientLines({ baseUrl, apiKey: key, model }: ClientSetup): ClientLines[] {
  const quoted = JSON.stringify(model);
  return [
    {
      id: 'curl',
      name: 'curl',
      file: undefined,
      code: [
        `curl ${baseUrl}/v1/messages \\`,
        `  -H 'x-api-key: ${key}' \\`,
        `  -H 'anthropic-version: 2023-06-01' \\`,
        `  -H 'content-type: application/json' \\`,
        `  -d '${shellText(JSON.stringify({ model, max_tokens: 1024, messages: [{ role: 'user', content: 'Hello!' }] }))}'`,
      ].join('\n'),
    },
    {
      id: 'typescript',
      name: 'TypeScript',
      file: '@anthropic-ai/sdk',
      code: `import Anthropic from '@anthropic-ai/sdk';

const client = new Anthropic({
  apiKey: '${key}',
  baseURL: '${baseUrl}',
});

const message = await client.messages.create({
  model: ${quoted},
  max_tokens: 1024,
  messages: [{ role: 'user', content: 'Hello!' }],
});
console.log(message.content);`,
    },
    {
      id: 'python',
      name: 'Python',
      file: 'anthropic',
      code: `from anthropic import Anthropic

client = Anthropic(api_key="${key}", base_url="${baseUrl}")

message = client.messages.create(
    model=${quoted},
    max_tokens=1024,
    messages=[{"role": "user", "content": "Hello!"}],
)
print(message.content)`,
    },
    {
      id: 'openai',
      name: 'OpenAI SDK',
      file: 'openai',
      code: `import OpenAI from 'openai';

const client = new OpenAI({
  apiKey: '${key}',
  baseURL: '${baseUrl}/v1',
});

const completion = await client.chat.completions.create({
  model: ${quoted},
  messages: [{ role: 'user', content: 'Hello!' }],
});
console.log(completion.choices[0].message.content);`,
    },
    {
      id: 'claude-code',
      name: 'Claude Code',
      file: undefined,
      code: `ANTHROPIC_BASE_URL=${baseUrl} \\\nANTHROPIC_AUTH_TOKEN=${key} \\\nclaude --model '${shellText(model)}'`,
    },
    {
      id: 'codex',
      name: 'Codex',
      file: '~/.codex/config.toml',
      code: `# export EZMODEL_API_KEY=${key}
model = ${quoted}
model_provider = "ezmodel"

[model_providers.ezmodel]
name = "EZModel"
base_url = "${baseUrl}/v1"
env_key = "EZMODEL_API_KEY"
wire_api = "responses"`,
    },
    {
      id: 'opencode',
      name: 'opencode',
      file: 'opencode.json',
      code: JSON.stringify(
        {
          $schema: 'https://opencode.ai/config.json',
          provider: {
            ezmodel: {
              npm: '@ai-sdk/anthropic',
              name: 'EZModel',
              options: { baseURL: `${baseUrl}/v1`, apiKey: key },
              models: { [model]: {} },
            },
          },
        },
        null,
        2,
      ),
    },
  ];
}

/** A text inside single quotes of a POSIX shell. */
export function shellText(text: string): string {
  return text.replaceAll("'", "'\\''");
}
