import { useMatches } from '@tanstack/react-router';
import { PAGES, type PageRow } from '../routes.ts';

/** The row of the page that is open; undefined for an address that is none. */
export function usePageRow(): PageRow | undefined {
  const path = useMatches().at(-1)?.fullPath;
  return PAGES.find((page) => page.path === path || `${page.path}/` === path);
}
