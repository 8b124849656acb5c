import { type UseQueryResult, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { type EndpointName, type InputOf, type Seen, seeAdmin } from './client.ts';
import { ApiProblem } from './problem.ts';

/** An endpoint that is read. */
export type Reading = Extract<EndpointName, `GET ${string}`>;
type Changing = Exclude<EndpointName, Reading>;

/** What a form begins with: read when it is opened, and not again by itself, so that nothing changes under what is typed. */
export function useSeen<Name extends Reading>(name: Name, input: InputOf<Name>): UseQueryResult<Seen<Name>> {
  return useQuery({
    queryKey: ['seen', name, input],
    queryFn: ({ signal }) => seeAdmin(name, input, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
}

/** A change of what a form has seen. */
export type Edit<Read extends Reading, Write extends Changing> = {
  /** Sends it; where somebody else was faster, `conflict` tells how it is now, and the next try is meant for that. */
  send(input: InputOf<Write>, onDone: () => void): void;
  error: Error | null;
  busy: boolean;
  conflict: Seen<Read> | undefined;
};

/** Changes what was read from `read`, unless it has changed since; what pages read from `refreshes` is read anew afterwards. */
export function useEdit<Read extends Reading, Write extends Changing>(
  read: { name: Read; input: InputOf<Read>; seen: Seen<Read> },
  write: Write,
  refreshes: readonly Reading[],
): Edit<Read, Write> {
  const queries = useQueryClient();
  const [conflict, setConflict] = useState<Seen<Read>>();
  const change = useMutation({
    mutationFn: async (input: InputOf<Write>) => {
      try {
        return await seeAdmin(write, input, { match: (conflict ?? read.seen).tag });
      } catch (error) {
        if (error instanceof ApiProblem && error.status === 412) setConflict(await seeAdmin(read.name, read.input));
        throw error;
      }
    },
    onSuccess: async () => {
      await Promise.all(refreshes.map((name) => queries.invalidateQueries({ queryKey: [name] })));
    },
  });
  const isConflict = change.error instanceof ApiProblem && change.error.status === 412;
  return {
    send: (input, onDone) => change.mutate(input, { onSuccess: onDone }),
    error: isConflict ? null : change.error,
    busy: change.isPending,
    conflict: isConflict ? conflict : undefined,
  };
}

/** What of `wanted` is not as it was: what nobody touched is not sent, so that it stays as others leave it. */
export function changesOf<Body extends Record<string, unknown>>(before: Body, wanted: Body): Partial<Body> {
  const changes: Partial<Body> = { ...wanted };
  for (const name in wanted) {
    if (JSON.stringify(wanted[name]) === JSON.stringify(before[name])) delete changes[name];
  }
  return changes;
}
