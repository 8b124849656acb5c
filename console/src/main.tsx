import './styles.css';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { ApiProblem } from './api/problem.ts';
import { applyPreferences } from './lib/preferences.ts';
import { router } from './router.tsx';
import { Toasts } from './ui/toast.tsx';

/** What the server has refused is refused again; what did not answer may answer. */
function mayAnswerNext(failures: number, error: Error): boolean {
  return failures < 2 && error instanceof ApiProblem && (error.status === 0 || error.status >= 500);
}

const queries = new QueryClient({
  defaultOptions: {
    queries: { retry: mayAnswerNext, staleTime: 5_000, networkMode: 'always' },
    mutations: { networkMode: 'always' },
  },
});

applyPreferences();

const host = document.getElementById('app');
if (host) {
  createRoot(host).render(
    <StrictMode>
      <QueryClientProvider client={queries}>
        <RouterProvider router={router} />
        <Toasts />
      </QueryClientProvider>
    </StrictMode>,
  );
}
