import {
  keepPreviousData,
  type UseMutationResult,
  type UseQueryResult,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import { type AnswerOf, callAdmin, type EndpointName, type InputOf } from './client.ts';

type Reading = Extract<EndpointName, `GET ${string}`>;
type Changing = Exclude<EndpointName, Reading>;

/** What a page reads. @param refetchInterval ms between two looks; without it the page looks when it is opened again. */
export function useAdmin<Name extends Reading>(
  name: Name,
  input: InputOf<Name>,
  { refetchInterval, enabled = true }: { refetchInterval?: number | false; enabled?: boolean } = {},
): UseQueryResult<AnswerOf<Name>> {
  return useQuery({
    queryKey: [name, input],
    queryFn: ({ signal }) => callAdmin(name, input, signal),
    placeholderData: keepPreviousData,
    enabled,
    ...(refetchInterval !== undefined && { refetchInterval }),
  });
}

/** What a page changes; what it read from `refreshes` is read anew afterwards. */
export function useChange<Name extends Changing>(
  name: Name,
  refreshes: readonly Reading[],
): UseMutationResult<AnswerOf<Name>, Error, InputOf<Name>> {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (input: InputOf<Name>) => callAdmin(name, input),
    onSuccess: async () => {
      await Promise.all(refreshes.map((read) => queries.invalidateQueries({ queryKey: [read] })));
    },
  });
}
