import { Search } from 'lucide-react';
import { SEARCH_MARK } from '../lib/keyboard.ts';

/** The search field of a page: `/` goes to it. */
export function SearchField({
  label,
  value,
  onValue,
}: {
  label: string;
  value: string;
  onValue: (value: string) => void;
}) {
  return (
    <div className="relative min-w-0">
      <Search aria-hidden size={14} className="absolute top-2.25 left-2.5 text-soft" />
      <input
        {...SEARCH_MARK}
        type="search"
        aria-label={label}
        placeholder={label}
        value={value}
        onChange={(event) => onValue(event.target.value)}
        className="control w-56 max-w-full pl-8"
      />
      {value === '' && (
        <kbd
          aria-hidden
          className="absolute top-2 right-2 rounded border border-line px-1 font-mono text-2xs leading-3.5 text-soft"
        >
          /
        </kbd>
      )}
    </div>
  );
}
