import { useVirtualizer } from '@tanstack/react-virtual';
import { ArrowDown, ArrowUp } from 'lucide-react';
import { type ReactNode, useRef } from 'react';
import { useMessages } from '../i18n/messages.ts';
import { ROW_MARK } from '../lib/keyboard.ts';
import { classNames } from './class-names.ts';
import { uiMessages } from './messages.ts';

/** A column of a table. */
export type Column<Row> = {
  id: string;
  title: string;
  /** A CSS grid track, such as `minmax(8rem, 1fr)` or `6rem`. */
  width: string;
  align?: 'end';
  cell: (row: Row) => ReactNode;
  /** The title is a button that asks for rows in this order. */
  sortable?: boolean;
};

/** In which order the rows are. */
export type Sorting = { column: string; descending: boolean };

type DataTableProps<Row> = {
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  /** Enter or a click on a row. */
  onOpen?: ((row: Row) => void) | undefined;
  sorting?: Sorting;
  onSort?: (sorting: Sorting) => void;
  /** The end of the list comes into view: time for more rows. */
  onEnd?: () => void;
  /** Below the last row. */
  footer?: ReactNode;
};

const ROW_HEIGHT = 40;

/** Rows and columns. Only the rows in view are in the document; `j` and `k` walk them, Enter opens one. */
export function DataTable<Row>(props: DataTableProps<Row>) {
  const { label, columns, rows, rowKey, onOpen, onEnd, footer } = props;
  const frame = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => frame.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 12,
    onChange: ({ range }) => {
      if (range && range.endIndex >= rows.length - 10) onEnd?.();
    },
  });
  const tracks = { gridTemplateColumns: columns.map(({ width }) => width).join(' ') };
  return (
    <div
      ref={frame}
      tabIndex={0}
      role="group"
      aria-label={label}
      className="max-h-[calc(100dvh-13rem)] overflow-auto rounded-lg"
    >
      <div role="table" aria-label={label} aria-rowcount={rows.length + 1} className="w-fit min-w-full">
        <div role="rowgroup" className="sticky top-0 z-10 border-b border-line bg-surface">
          <div role="row" aria-rowindex={1} tabIndex={-1} className="grid h-9 items-center" style={tracks}>
            {columns.map((column) => (
              <HeaderCell key={column.id} column={column} sorting={props.sorting} onSort={props.onSort} />
            ))}
          </div>
        </div>
        <div role="rowgroup" className="relative" style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map(({ index, start }) => {
            const row = rows[index];
            if (row === undefined) return null;
            return (
              <div
                key={rowKey(row)}
                role="row"
                aria-rowindex={index + 2}
                tabIndex={onOpen ? 0 : -1}
                {...ROW_MARK}
                onClick={(event) => isOwn(event.target) && onOpen?.(row)}
                onKeyDown={(event) => event.key === 'Enter' && event.target === event.currentTarget && onOpen?.(row)}
                className={classNames(
                  'absolute inset-x-0 grid items-center border-b border-line -outline-offset-2 hover:bg-raised/60',
                  onOpen && 'cursor-pointer',
                )}
                style={{ ...tracks, height: ROW_HEIGHT, transform: `translateY(${start}px)` }}
              >
                {columns.map((column) => (
                  <div
                    key={column.id}
                    role="cell"
                    className={classNames(
                      'min-w-0 truncate px-3 first:pl-4 last:pr-4',
                      column.align === 'end' && 'tabular text-right',
                    )}
                  >
                    {column.cell(row)}
                  </div>
                ))}
              </div>
            );
          })}
        </div>
      </div>
      {footer}
    </div>
  );
}

/** A click on a button or link in a row is not one on the row. */
function isOwn(target: EventTarget): boolean {
  return target instanceof Element && !target.closest('button, a, input, select, [role="menu"]');
}

function HeaderCell<Row>({
  column,
  sorting,
  onSort,
}: {
  column: Column<Row>;
  sorting: Sorting | undefined;
  onSort: ((sorting: Sorting) => void) | undefined;
}) {
  const text = useMessages(uiMessages);
  const isSorted = sorting?.column === column.id;
  const Arrow = sorting?.descending ? ArrowDown : ArrowUp;
  return (
    <div
      role="columnheader"
      tabIndex={-1}
      aria-sort={isSorted ? (sorting?.descending ? 'descending' : 'ascending') : undefined}
      className={classNames(
        'truncate px-3 text-xs first:pl-4 last:pr-4 font-medium text-soft',
        column.align === 'end' && 'text-right',
      )}
    >
      {column.sortable && onSort ? (
        <button
          type="button"
          title={text.sortBy(column.title)}
          onClick={() => onSort({ column: column.id, descending: isSorted ? !sorting?.descending : true })}
          className="inline-flex items-center gap-1 hover:text-ink"
        >
          {column.title}
          {isSorted && <Arrow aria-hidden size={12} />}
        </button>
      ) : (
        column.title
      )}
    </div>
  );
}
