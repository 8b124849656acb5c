import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { ScrollText, ShieldCheck } from 'lucide-react';
import { useState } from 'react';
import { type AnswerOf, callAdmin } from '../../api/client.ts';
import { useAdmin } from '../../api/hooks.ts';
import { useMessages } from '../../i18n/messages.ts';
import { useFormat } from '../../lib/format.ts';
import { Button } from '../../ui/button.tsx';
import { CodeBlock } from '../../ui/copy.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Page as Frame } from '../../ui/page.tsx';
import { Empty, Failure, ProblemNote, SkeletonRows } from '../../ui/states.tsx';
import { auditMessages } from './messages.ts';

type Row = AnswerOf<'GET /audit'>['rows'][number];

/** Who changed what, and proof that nobody changed that. */
export function Page() {
  const text = useMessages(auditMessages);
  return (
    <Frame title={text.title} description={text.description} actions={<Verification />}>
      <div className="card min-w-0">
        <Rows />
      </div>
    </Frame>
  );
}

function Verification() {
  const text = useMessages(auditMessages);
  const format = useFormat();
  const verification = useQuery({
    queryKey: ['GET /audit/verification'],
    queryFn: ({ signal }) => callAdmin('GET /audit/verification', {}, signal),
    enabled: false,
    gcTime: 0,
  });
  const { data, error, isFetching } = verification;
  const broken = data?.first_broken ?? null;
  return (
    <>
      {data && !isFetching && (
        <p role="status" className={broken === null ? 'text-good' : 'font-medium text-bad'}>
          {broken === null ? text.whole(format.count(data.rows)) : text.broken(format.count(broken))}
        </p>
      )}
      {error && <ProblemNote error={error} />}
      <Button icon={ShieldCheck} busy={isFetching} onClick={() => void verification.refetch()}>
        {text.verify}
      </Button>
    </>
  );
}

/** Users by what the log calls them. */
function useNames(): (actor: string) => string {
  const { data } = useAdmin('GET /users', {});
  const names = new Map(data?.users.map(({ id, name }) => [`user:${id}`, name]));
  return (actor) => names.get(actor) ?? actor;
}

function Rows() {
  const text = useMessages(auditMessages);
  const format = useFormat();
  const nameOf = useNames();
  const [open, setOpen] = useState<Row>();
  const pages = useInfiniteQuery({
    queryKey: ['GET /audit'],
    queryFn: ({ pageParam, signal }) => callAdmin('GET /audit', { query: { before: pageParam, limit: 100 } }, signal),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: ({ next_before: next }) => next ?? undefined,
  });
  if (!pages.data) {
    if (pages.error) return <Failure error={pages.error} onRetry={() => void pages.refetch()} />;
    return <SkeletonRows />;
  }
  const rows = pages.data.pages.flatMap((page) => page.rows);
  if (rows.length === 0) return <Empty icon={ScrollText} title={text.none} />;
  const more = () => {
    if (pages.hasNextPage && !pages.isFetching) void pages.fetchNextPage();
  };
  return (
    <>
      <DataTable
        label={text.title}
        rows={rows}
        rowKey={({ id }) => String(id)}
        onOpen={setOpen}
        onEnd={more}
        footer={
          pages.hasNextPage && (
            <div className="p-2 text-center">
              <Button busy={pages.isFetchingNextPage} onClick={more}>
                {text.more}
              </Button>
            </div>
          )
        }
        columns={[
          {
            id: 'number',
            title: text.number,
            width: '4.5rem',
            cell: ({ id }) => <span className="tabular">{id}</span>,
          },
          { id: 'at', title: text.at, width: '13rem', cell: ({ at }) => format.time(at) },
          { id: 'actor', title: text.actor, width: 'minmax(9rem, 1fr)', cell: ({ actor }) => nameOf(actor) },
          {
            id: 'action',
            title: text.action,
            width: 'minmax(10rem, 1fr)',
            cell: ({ action }) => <span className="font-mono text-xs">{action}</span>,
          },
          {
            id: 'subject',
            title: text.subject,
            width: 'minmax(12rem, 2fr)',
            cell: ({ subject }) => <span className="font-mono text-xs">{nameOf(subject)}</span>,
          },
          { id: 'address', title: text.address, width: '9rem', cell: ({ address }) => address },
        ]}
      />
      {open && <Detail row={open} onClose={() => setOpen(undefined)} />}
    </>
  );
}

function Detail({ row, onClose }: { row: Row; onClose: () => void }) {
  const text = useMessages(auditMessages);
  const states = [
    [text.before, row.before],
    [text.after, row.after],
  ] as const;
  return (
    <Dialog title={text.rowTitle(row.id)} onClose={onClose} wide>
      <div className="grid gap-4">
        <div className="grid gap-4 sm:grid-cols-2">
          {states.map(([title, value]) => (
            <section key={title} className="min-w-0">
              <h3 className="mb-1 font-medium">{title}</h3>
              {value === null ? (
                <p className="text-soft">{text.nothing}</p>
              ) : (
                <CodeBlock label={title} code={JSON.stringify(value, null, 2)} />
              )}
            </section>
          ))}
        </div>
        <p className="font-mono text-xs break-all text-soft">
          {text.hash}: {row.hash}
        </p>
      </div>
    </Dialog>
  );
}
