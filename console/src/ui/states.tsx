import type { UseQueryResult } from '@tanstack/react-query';
import { CircleAlert, CloudOff, Lock, type LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { ApiProblem } from '../api/problem.ts';
import { useMessages } from '../i18n/messages.ts';
import { useFormat } from '../lib/format.ts';
import { Button } from './button.tsx';
import { classNames } from './class-names.ts';
import { uiMessages } from './messages.ts';

/** Nothing to show, and what to do about it. */
export function Empty({ icon: Icon, title, children }: { icon: LucideIcon; title: string; children?: ReactNode }) {
  return (
    <div className="grid justify-items-center gap-2 px-6 py-14 text-center">
      <Icon aria-hidden size={22} strokeWidth={1.5} className="text-soft" />
      <p className="font-medium">{title}</p>
      {children && <div className="grid max-w-md justify-items-center gap-3 text-soft">{children}</div>}
    </div>
  );
}

/** The shape of what is being loaded, so that nothing jumps when it comes. */
export function Skeleton({ className }: { className?: string }) {
  return (
    <div
      aria-hidden
      data-skeleton
      className={classNames('motion-safe:animate-pulse rounded-md bg-raised', className)}
    />
  );
}

/** Rows of a list that is being loaded. */
export function SkeletonRows({ rows = 8 }: { rows?: number }) {
  const text = useMessages(uiMessages);
  return (
    <div role="status" aria-label={text.loading} className="grid gap-2 p-3">
      {Array.from({ length: rows }, (_, index) => `row-${index}`).map((key) => (
        <Skeleton key={key} className="h-7" />
      ))}
    </div>
  );
}

/** In place of what a role may not see. */
export function Forbidden() {
  const text = useMessages(uiMessages);
  return (
    <Empty icon={Lock} title={text.noPermission}>
      <p>{text.noPermissionHint}</p>
    </Empty>
  );
}

/** A failure in place of what failed: no permission, no answer, or an error with the id of its request. */
export function Failure({ error, onRetry }: { error: Error; onRetry?: () => void }) {
  const text = useMessages(uiMessages);
  const problem = error instanceof ApiProblem ? error : undefined;
  if (problem?.status === 403) {
    return <Forbidden />;
  }
  const isUnreachable = problem?.status === 0;
  return (
    <Empty icon={isUnreachable ? CloudOff : CircleAlert} title={isUnreachable ? text.unreachable : text.failed}>
      <p role="alert" className="break-words">
        {error.message}
      </p>
      {problem?.requestId && <p className="font-mono text-xs">{text.requestId(problem.requestId)}</p>}
      {onRetry && <Button onClick={onRetry}>{text.retry}</Button>}
    </Empty>
  );
}

/** A failure beside what was tried, such as in a form. */
export function ProblemNote({ error }: { error: Error }) {
  const text = useMessages(uiMessages);
  const problem = error instanceof ApiProblem ? error : undefined;
  return (
    <div role="alert" className="mt-3 rounded-md bg-bad-tint px-3 py-2 text-bad">
      <p className="break-words">{problem?.status === 0 ? text.unreachable : error.message}</p>
      {problem?.requestId && <p className="mt-0.5 font-mono text-2xs">{text.requestId(problem.requestId)}</p>}
    </div>
  );
}

/** Draws what a query read, in each of its states: loading, failed, forbidden, stale, there. */
export function Loaded<T>({
  query,
  skeleton,
  children,
}: {
  query: UseQueryResult<T>;
  skeleton?: ReactNode;
  children: (data: T) => ReactNode;
}) {
  const text = useMessages(uiMessages);
  const format = useFormat();
  const { data, error, dataUpdatedAt } = query;
  if (data === undefined) {
    if (error) return <Failure error={error} onRetry={() => void query.refetch()} />;
    return skeleton ?? <SkeletonRows />;
  }
  return (
    <>
      {error && (
        <div
          role="status"
          className="mb-3 flex flex-wrap items-center gap-3 rounded-md bg-warn-tint px-3 py-1.5 text-warn"
        >
          <span className="grow">{text.stale(format.relative(dataUpdatedAt, Date.now()))}</span>
          <Button onClick={() => void query.refetch()}>{text.retry}</Button>
        </div>
      )}
      {children(data)}
    </>
  );
}
