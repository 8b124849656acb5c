import { useEffect } from 'react';

/** Whether keys typed now belong to a field. */
function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || /^(?:INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

/** The element that `/` goes to: mark the search field of a page with it. */
export const SEARCH_MARK = { 'data-search': true } as const;

/** The rows that `j` and `k` walk: mark each row of a list with it. */
export const ROW_MARK = { 'data-row': true } as const;

/** The keys that work everywhere: Ctrl/Cmd-K, `/`, `j` and `k`. */
export function useShortcuts(openPalette: () => void): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key.toLowerCase() === 'k' && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        openPalette();
        return;
      }
      const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey && !isTyping(event.target);
      if (!isPlain || document.querySelector('dialog[open]')) return;
      if (event.key === '/') {
        const field = document.querySelector<HTMLElement>('[data-search]');
        if (!field) return;
        event.preventDefault();
        field.focus();
      } else if (event.key === 'j') walkRows(1);
      else if (event.key === 'k') walkRows(-1);
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [openPalette]);
}

function walkRows(step: 1 | -1): void {
  const rows = [...document.querySelectorAll<HTMLElement>('[data-row]')];
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  const next = rows[at === -1 ? (step === 1 ? 0 : rows.length - 1) : at + step];
  next?.focus();
  next?.scrollIntoView({ block: 'nearest' });
}
