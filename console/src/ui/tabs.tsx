import { type KeyboardEvent, type ReactNode, useId, useRef, useState } from 'react';
import { classNames } from './class-names.ts';

/** A tab and what it shows. */
export type Tab = { id: string; title: string; content: ReactNode };

/** One panel at a time, chosen by its tab; the arrow keys go from tab to tab. */
export function TabPanels({ label, tabs }: { label: string; tabs: readonly Tab[] }) {
  const group = useId();
  const list = useRef<HTMLDivElement>(null);
  const [wanted, setWanted] = useState<string>();
  const chosen = tabs.find(({ id }) => id === wanted) ?? tabs[0];
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined) return;
    const next = (tabs.findIndex(({ id }) => id === chosen?.id) + step + tabs.length) % tabs.length;
    setWanted(tabs[next]?.id);
    list.current?.querySelectorAll<HTMLElement>('[role=tab]')[next]?.focus();
  };
  if (!chosen) return null;
  return (
    <div className="min-w-0">
      <div
        ref={list}
        role="tablist"
        aria-label={label}
        onKeyDown={onKeyDown}
        className="mb-3 flex overflow-x-auto border-b border-line"
      >
        {tabs.map(({ id, title }) => (
          <button
            key={id}
            type="button"
            role="tab"
            id={`${group}-${id}`}
            aria-selected={id === chosen.id}
            aria-controls={`${group}-panel`}
            tabIndex={id === chosen.id ? 0 : -1}
            onClick={() => setWanted(id)}
            className={classNames(
              'h-9 border-b-2 px-3 whitespace-nowrap -outline-offset-2',
              id === chosen.id ? 'border-accent font-medium' : 'border-transparent text-soft hover:text-ink',
            )}
          >
            {title}
          </button>
        ))}
      </div>
      <div role="tabpanel" id={`${group}-panel`} aria-labelledby={`${group}-${chosen.id}`}>
        {chosen.content}
      </div>
    </div>
  );
}
