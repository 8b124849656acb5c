import type { LimitRule } from '../../core/limit.ts';
import { follow } from '../../store/follow.ts';

/** What the book needs of a store. */
export type RuleStore = {
  list(): Promise<LimitRule[]>;
  /** Grows with every change of any limit, by any process. */
  revision(): Promise<number>;
};

/** The limits in force. */
export type RuleBook = {
  /** Those of the config file and those of the store; the same array as long as neither changes. */
  rules(): readonly LimitRule[];
  /** Looks at once whether the store's have changed; done by itself every 250 ms. Never rejects. */
  refresh(): Promise<void>;
  close(): void;
};

/**
 * Follows the limits of the store as keys are followed: a change made anywhere is in force within 250 ms. While the store is
 * down those last read stay in force. A set of the file stands in for one of the store in the same place.
 * @param fileRules those of the config in force; asked each time.
 */
export function createRuleBook(store: RuleStore, fileRules: () => readonly LimitRule[]): RuleBook {
  let revision: number | undefined;
  let stored: readonly LimitRule[] = [];
  let fromFile: readonly LimitRule[] = [];
  let merged: readonly LimitRule[] = [];

  const merge = () => {
    fromFile = fileRules();
    const places = new Set(fromFile.map(placeOf));
    merged = [...stored.filter((rule) => !places.has(placeOf(rule))), ...fromFile];
  };

  const poll = async () => {
    const current = await store.revision();
    if (current === revision) return;
    stored = await store.list();
    revision = current;
    merge();
  };

  const { refresh, close } = follow(poll);
  return {
    rules: () => {
      if (fromFile !== fileRules()) merge();
      return merged;
    },
    refresh,
    close,
  };
}

/** One text for each place where there is one set of limits. */
export function placeOf({ scope, id, model }: LimitRule): string {
  return [scope, id, model].join('\n');
}
