import { useQuery, useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useEffect } from 'react';
import { callAdmin, loadSession } from '../api/client.ts';
import { useSessionState } from '../api/session.ts';
import { useMessages } from '../i18n/messages.ts';
import { SignInForm, SignInPage } from '../pages/sign-in/page.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Failure, Skeleton } from '../ui/states.tsx';
import { shellMessages } from './messages.ts';
import { Shell } from './shell.tsx';

/** Needed once in the life of a gateway. */
const FirstOwner = lazy(async () => ({ default: (await import('../pages/setup/first-owner.tsx')).FirstOwner }));

/** Lets in who is signed in; others sign in first, or make the first owner. The address stays what it was. */
export function Gate() {
  const text = useMessages(shellMessages);
  const state = useSessionState();
  useEffect(() => {
    if (state.kind === 'unknown') void loadSession();
  }, [state.kind]);
  switch (state.kind) {
    case 'unknown':
      return <ShellSkeleton />;
    case 'failed':
      return <Failure error={state.error} onRetry={() => void loadSession()} />;
    case 'signed-out':
      return <Entrance />;
    case 'signed-in':
      return <Shell session={state.session} />;
    case 'expired':
      return (
        <>
          <Shell session={state.session} />
          <Dialog title={text.expiredTitle} onClose={undefined}>
            <p className="mb-4 text-soft">{text.expiredHint}</p>
            <SignInForm email={state.session.user?.email} />
          </Dialog>
        </>
      );
    default:
      return state satisfies never;
  }
}

/** What the last session has read is nothing for the next one. */
function useForgetting(): void {
  const queries = useQueryClient();
  useEffect(() => {
    queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'GET /setup' });
  }, [queries]);
}

function Entrance() {
  useForgetting();
  const setup = useQuery({
    queryKey: ['GET /setup'],
    queryFn: ({ signal }) => callAdmin('GET /setup', {}, signal),
    staleTime: 0,
    gcTime: 0,
  });
  if (setup.error) return <Failure error={setup.error} onRetry={() => void setup.refetch()} />;
  if (!setup.data) return <ShellSkeleton />;
  return setup.data.needed ? (
    <Suspense fallback={<ShellSkeleton />}>
      <FirstOwner />
    </Suspense>
  ) : (
    <SignInPage />
  );
}

function ShellSkeleton() {
  return (
    <div className="grid min-h-dvh sm:grid-cols-[14rem_1fr]" aria-busy>
      <div className="hidden border-r border-line bg-surface p-4 sm:block">
        <Skeleton className="h-7" />
      </div>
      <div className="p-7">
        <Skeleton className="h-7 w-48" />
      </div>
    </div>
  );
}
