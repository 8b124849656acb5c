import type { ReactNode } from 'react';

/** A part of a long form that is folded away until it is wanted; `note` says what is in it. */
export function Fold({ title, note, children }: { title: string; note?: string; children: ReactNode }) {
  return (
    <details className="group rounded-md border border-line">
      <summary className="flex min-h-9 items-center gap-2 px-3 py-1.5 font-medium">
        <span aria-hidden className="text-soft transition-transform group-open:rotate-90">
          ›
        </span>
        <span>{title}</span>
        {note && <span className="ml-auto min-w-0 truncate text-xs font-normal text-soft">{note}</span>}
      </summary>
      <div className="grid gap-3 border-t border-line p-3">{children}</div>
    </details>
  );
}
