import type { ReactNode } from 'react';

/** A figure with its name, and a line about it. */
export function Figure({ label, value, note }: { label: string; value: ReactNode; note?: ReactNode }) {
  return (
    <div className="card min-w-0 px-3 py-3 sm:px-4">
      <dt className="text-xs text-pretty text-soft">{label}</dt>
      <dd className="tabular mt-0.5 truncate text-xl leading-7 font-semibold tracking-tight">{value}</dd>
      {note && <dd className="tabular text-xs text-pretty text-soft">{note}</dd>}
    </div>
  );
}
