import type { Provider } from '../core/provider.ts';
import { ANTHROPIC } from './anthropic.ts';
import { AZURE } from './azure.ts';
import { CEREBRAS } from './cerebras.ts';
import { DEEPSEEK } from './deepseek.ts';
import { FIREWORKS } from './fireworks.ts';
import { GROQ } from './groq.ts';
import { HUGGINGFACE } from './huggingface.ts';
import { LLAMA_CPP, LM_STUDIO, OLLAMA, SGLANG, VLLM } from './local-servers.ts';
import { MINIMAX } from './minimax.ts';
import { MISTRAL } from './mistral.ts';
import { MOONSHOT } from './moonshot.ts';
import { NVIDIA } from './nvidia.ts';
import { OPENAI } from './openai.ts';
import { OPENAI_COMPATIBLE } from './openai-compatible.ts';
import { OPENROUTER } from './openrouter.ts';
import { PERPLEXITY } from './perplexity.ts';
import { QWEN } from './qwen.ts';
import { SILICONFLOW } from './siliconflow.ts';
import { SIMULATOR } from './simulator.ts';
import { TOGETHER } from './together.ts';
import { VOLCENGINE } from './volcengine.ts';
import { XAI } from './xai.ts';
import { ZHIPU } from './zhipu.ts';

/**
 * Every provider that a channel can name: those that make models, those that serve others' models, servers of one's own.
 * Without a config file the channels have this order, so that a model is asked for first at those that make it.
 */
export const PROVIDERS: readonly Provider[] = [
  ANTHROPIC,
  OPENAI,
  AZURE,
  DEEPSEEK,
  MISTRAL,
  XAI,
  MOONSHOT,
  ZHIPU,
  QWEN,
  MINIMAX,
  VOLCENGINE,
  PERPLEXITY,
  CEREBRAS,
  GROQ,
  FIREWORKS,
  TOGETHER,
  SILICONFLOW,
  NVIDIA,
  HUGGINGFACE,
  OPENROUTER,
  OLLAMA,
  VLLM,
  SGLANG,
  LLAMA_CPP,
  LM_STUDIO,
  OPENAI_COMPATIBLE,
  SIMULATOR,
];

const BY_ID = new Map(PROVIDERS.map((provider) => [provider.id, provider]));

/** The row of a provider. @throws Error when a config got past its checks with an unknown one. */
export function providerById(id: string): Provider {
  const provider = BY_ID.get(id);
  if (!provider) throw new Error(`unknown provider ${id}`);
  return provider;
}
