import { useEffect, useSyncExternalStore } from 'react';
import { createStore } from '../api/store.ts';

/** The languages of the console, with their own names. */
export const LANGUAGES = { en: 'English', 'zh-CN': '简体中文' } as const;

/** One of the languages. */
export type Language = keyof typeof LANGUAGES;

/** How the console looks; `system` follows the machine. */
export const THEMES = ['system', 'light', 'dark'] as const;

/** One of the looks. */
export type Theme = (typeof THEMES)[number];

/** What somebody has chosen on this browser. `timeZone` is an IANA name; `system` follows the machine. */
export type Preferences = { language: Language; theme: Theme; timeZone: string };

const STORED_AS = 'ezmodel.preferences';

const store = createStore<Preferences>(read());

function read(): Preferences {
  const stored = parse(localStorage.getItem(STORED_AS) ?? '{}');
  const language = stored['language'] ?? navigator.languages.find((name) => /^(?:zh|en)\b/i.test(name)) ?? 'en';
  return {
    language: /^zh\b/i.test(String(language)) ? 'zh-CN' : 'en',
    theme: THEMES.find((theme) => theme === stored['theme']) ?? 'system',
    timeZone: isTimeZone(stored['timeZone']) ? stored['timeZone'] : 'system',
  };
}

function parse(text: string): Record<string, unknown> {
  try {
    return { ...JSON.parse(text) };
  } catch {
    return {};
  }
}

function isTimeZone(value: unknown): value is string {
  if (typeof value !== 'string') return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: value }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

function show({ language, theme }: Preferences): void {
  document.documentElement.lang = language;
  if (theme === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
}

/** Applies what this browser has kept; called before anything is drawn. */
export function applyPreferences(): void {
  show(store.get());
}

/** Changes some of them, here and for the next visit. */
export function setPreferences(change: Partial<Preferences>): void {
  const next = { ...store.get(), ...change };
  localStorage.setItem(STORED_AS, JSON.stringify(next));
  show(next);
  store.set(next);
}

/** Takes over what the gateway says, where nobody has chosen anything on this browser. */
export function useDefaults({ language, timeZone }: { language: Language | null; timeZone: string | null }): void {
  useEffect(() => {
    if (localStorage.getItem(STORED_AS) !== null) return;
    const before = store.get();
    const zone = isTimeZone(timeZone) ? timeZone : before.timeZone;
    const next = { ...before, language: language ?? before.language, timeZone: zone };
    if (next.language === before.language && next.timeZone === before.timeZone) return;
    show(next);
    store.set(next);
  }, [language, timeZone]);
}

/** The preferences, followed. */
export function usePreferences(): Preferences {
  return useSyncExternalStore(store.subscribe, store.get);
}
