import { useQuery } from '@tanstack/react-query';
import { callAdmin } from '../../api/client.ts';
import { listModels } from '../../api/data-plane.ts';

/** How long a key of the playground lasts, and when a new one is made, in ms. */
const LIFETIME = 60 * 60_000;
const RENEWED_AFTER = 50 * 60_000;

/** A key of one's own that ends by itself, and the models it may ask for; kept in this page's memory alone. */
export function usePlaygroundKey(name: string, projectId: string | undefined) {
  return useQuery({
    queryKey: ['playground key', projectId],
    queryFn: async ({ signal }) => {
      const made = await callAdmin('POST /keys', {
        body: {
          name,
          tags: ['playground'],
          expires_at: Date.now() + LIFETIME,
          ...(projectId !== undefined && { project_id: projectId }),
        },
      });
      return { key: made.key, models: await listModels(made.key, signal) };
    },
    enabled: projectId !== undefined,
    staleTime: RENEWED_AFTER,
    gcTime: RENEWED_AFTER,
    refetchOnWindowFocus: false,
    retry: false,
  });
}
