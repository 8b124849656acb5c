import { createServer, type IncomingMessage, type Server } from 'node:http';
import { ANTHROPIC_MODELS } from '../../src/providers/anthropic-models.ts';
import { createSimulator, type Simulator } from '../../src/simulator/index.ts';

/** One call that an account has answered. */
type AccountCall = { apiKey: string; status: number };

/** An upstream on a socket with a simulator, and so a prompt cache, for each credential. */
export class SimulatedAccounts {
  readonly calls: AccountCall[] = [];
  /** Credentials that are told that they are over their limit. */
  readonly exhausted = new Set<string>();
  private readonly accounts = new Map<string, Simulator>();
  private readonly server: Server;
  private ids = 0;

  private constructor() {
    this.server = createServer(async (request, response) => {
      const apiKey = `${request.headers['x-api-key']}`;
      if (this.exhausted.has(apiKey)) {
        this.calls.push({ apiKey, status: 429 });
        const error = { type: 'rate_limit_error', message: 'This would exceed your rate limit' };
        response.writeHead(429, { 'content-type': 'application/json', 'retry-after': '30' });
        response.end(JSON.stringify({ type: 'error', error }));
        return;
      }
      const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, `${value}`]));
      const call = { method: 'POST', path: request.url ?? '', headers, body: await bodyOf(request) };
      const answer = await this.accountOf(apiKey).handle(call, new AbortController().signal);
      this.calls.push({ apiKey, status: answer.status });
      response.writeHead(answer.status, answer.headers);
      for await (const chunk of answer.body) response.write(chunk);
      response.end();
    });
  }

  /** Starts them on a free port. */
  static async start(): Promise<SimulatedAccounts> {
    const accounts = new SimulatedAccounts();
    await new Promise<void>((resolve) => accounts.server.listen(0, '127.0.0.1', resolve));
    return accounts;
  }

  get url(): string {
    const address = this.server.address();
    if (address === null || typeof address === 'string') throw new Error('the accounts are not listening');
    return `http://127.0.0.1:${address.port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  private accountOf(apiKey: string): Simulator {
    const known = this.accounts.get(apiKey);
    if (known) return known;
    const newId = (prefix: string) => `${prefix}_${++this.ids}`;
    const account = createSimulator({ models: ANTHROPIC_MODELS, now: Date.now, newId, pacing: 0 });
    this.accounts.set(apiKey, account);
    return account;
  }
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}
