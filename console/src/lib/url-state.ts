import { useLocation, useNavigate } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';

/** One search parameter: its value when the address lacks it or holds nonsense, and how it is read. Values are texts in the address. */
export type Parameter<T> = { fallback: T; read(text: string): T | undefined; write(value: T): string };

/** Any text. */
export function textParameter(fallback = ''): Parameter<string> {
  return { fallback, read: (text) => text, write: (value) => value };
}

/** One of some texts. */
export function choiceParameter<const T extends string>(choices: readonly T[], fallback: T): Parameter<T> {
  return { fallback, read: (text) => choices.find((choice) => choice === text), write: (value) => value };
}

type Values<Spec> = { [Name in keyof Spec]: Spec[Name] extends Parameter<infer T> ? T : never };

/** The search parameters of the address, typed, and how to change some of them: what a page shows belongs in its address. */
export function useUrlState<Spec extends Record<string, Parameter<unknown>>>(
  spec: Spec,
): [Values<Spec>, (change: Partial<Values<Spec>>) => void];
export function useUrlState(
  spec: Record<string, Parameter<unknown>>,
): [Record<string, unknown>, (change: Record<string, unknown>) => void] {
  const search: Record<string, unknown> = useLocation().search;
  const navigate = useNavigate();
  const values = useMemo(
    () =>
      Object.fromEntries(
        Object.entries(spec).map(([name, { fallback, read }]) => {
          const text = search[name];
          return [name, (typeof text === 'string' ? read(text) : undefined) ?? fallback];
        }),
      ),
    [spec, search],
  );
  const change = useCallback(
    (changed: Record<string, unknown>) => {
      const next: Record<string, unknown> = { ...search };
      for (const [name, value] of Object.entries(changed)) {
        const parameter = spec[name];
        if (!parameter || value === parameter.fallback) delete next[name];
        else next[name] = parameter.write(value);
      }
      void navigate({ to: '.', search: next, replace: true });
    },
    [navigate, search, spec],
  );
  return [values, change];
}
