import { usePreferences } from '../lib/preferences.ts';

/** A text, or how one is made of values. */
type Message = string | ((...values: never[]) => string);

/** The same texts in another language: the same names, and the same values. */
type Translated<Table> = {
  [Name in keyof Table]: Table[Name] extends (...values: infer Values) => string
    ? (...values: Values) => string
    : string;
};

/** The texts of a page or a part in each language. */
export type Messages<Table> = { en: Table; 'zh-CN': Translated<Table> };

/** Declares the texts of a page or a part: a text that one language lacks is a type error. */
export function defineMessages<const Table extends Record<string, Message>>(
  en: Table,
  chinese: Translated<Table>,
): Messages<Table> {
  return { en, 'zh-CN': chinese };
}

/** The texts in the language that is chosen. */
export function useMessages<Table>(messages: Messages<Table>): Table | Translated<Table> {
  return messages[usePreferences().language];
}
