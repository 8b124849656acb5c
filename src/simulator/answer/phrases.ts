/** What the simulated model says, in the language it was spoken to in. */
export type Phrases = {
  greeting(text: string): string;
  echo(text: string): string;
  /** When the turn holds no text. */
  nothingSaid: string;
  system(excerpt: string): string;
  thought(text: string): string;
  thoughtOnResults: string;
  toolAnswered(name: string, said: string): string;
  toolSilent(name: string): string;
  toolFailed(name: string, said: string): string;
  image: string;
  document: string;
  pixels: string;
  bytes: string;
  pages: string;
  characters: string;
  notFetched: string;
};

const ENGLISH: Phrases = {
  greeting: (text) => `Hello! You said “${text}”, and EZModel's simulator read every word. How can I help you today?`,
  echo: (text) => `You said: “${text}” EZModel's simulator read it and answers in place of a real model.`,
  nothingSaid: "Your message reached EZModel's simulator without any text.",
  system: (excerpt) => `It keeps to the system prompt: “${excerpt}”`,
  thought: (text) => `The user writes: “${text}” The answer should show that every part of it has arrived.`,
  thoughtOnResults: 'The tools have answered. Their results say what the user wanted to know.',
  toolAnswered: (name, said) => `${name} answered: ${said}`,
  toolSilent: (name) => `${name} answered without any content.`,
  toolFailed: (name, said) => `${name} failed: ${said}`,
  image: 'Image',
  document: 'Document',
  pixels: 'pixels',
  bytes: 'bytes',
  pages: 'page(s)',
  characters: 'characters',
  notFetched: '(not fetched)',
};

const CHINESE: Phrases = {
  greeting: (text) => `你好！你说：“${text}”。EZModel 模拟器已收到。今天有什么可以帮你？`,
  echo: (text) => `你说：“${text}”。EZModel 模拟器已读到这句话，并代替真实模型作答。`,
  nothingSaid: 'EZModel 模拟器收到了你的消息，其中没有文字。',
  system: (excerpt) => `回答遵循系统提示词：“${excerpt}”`,
  thought: (text) => `用户写道：“${text}”。回答应当表明每一部分都已收到。`,
  thoughtOnResults: '工具已返回结果，可以据此回答用户。',
  toolAnswered: (name, said) => `${name} 返回：${said}`,
  toolSilent: (name) => `${name} 返回了空结果。`,
  toolFailed: (name, said) => `${name} 出错：${said}`,
  image: '图片',
  document: '文档',
  pixels: '像素',
  bytes: '字节',
  pages: '页',
  characters: '个字符',
  notFetched: '（未下载）',
};

/** Chinese when the text holds Chinese characters, English otherwise. */
export function phrasesFor(text: string): Phrases {
  return /\p{Script=Han}/u.test(text) ? CHINESE : ENGLISH;
}

const LONGEST_GREETING = 40;

/** Whether a text is no more than a greeting. */
export function isGreeting(text: string): boolean {
  if (text.length > LONGEST_GREETING) return false;
  return /^\s*(?:hello|hi|hey|你好|您好)(?:[\s,，]+\p{L}+)?\s*[!！.。~]*\s*$/iu.test(text);
}
