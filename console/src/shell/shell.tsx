import { Outlet, useLocation } from '@tanstack/react-router';
import { Menu as MenuIcon, Search } from 'lucide-react';
import { useCallback, useEffect, useState } from 'react';
import { useAdmin } from '../api/hooks.ts';
import { type Session, useMay } from '../api/session.ts';
import { useMessages } from '../i18n/messages.ts';
import { useShortcuts } from '../lib/keyboard.ts';
import { useDefaults, usePreferences } from '../lib/preferences.ts';
import { IconButton } from '../ui/button.tsx';
import { classNames } from '../ui/class-names.ts';
import { Page } from '../ui/page.tsx';
import { Forbidden } from '../ui/states.tsx';
import { shellMessages } from './messages.ts';
import { usePageRow } from './page-row.ts';
import { Palette } from './palette.tsx';
import { Sidebar } from './sidebar.tsx';

/** The frame around a page: side bar, palette, keyboard. */
export function Shell({ session }: { session: Session }) {
  const text = useMessages(shellMessages);
  const [paletteOpen, setPaletteOpen] = useState(false);
  const [menuOpen, setMenuOpen] = useState(false);
  const openPalette = useCallback(() => setPaletteOpen(true), []);
  const path = useLocation().pathname;
  const row = usePageRow();
  const { language } = usePreferences();
  const role = row?.role ?? 'viewer';
  const mayOpen = useMay(role === 'anyone' ? 'viewer' : role);
  useShortcuts(openPalette);
  const defaults = useAdmin('GET /settings', {}).data?.settings;
  useDefaults({ language: defaults?.language ?? null, timeZone: defaults?.time_zone ?? null });
  // biome-ignore lint/correctness/useExhaustiveDependencies: another page closes the menu
  useEffect(() => setMenuOpen(false), [path]);
  return (
    <div className="min-h-dvh sm:grid sm:grid-cols-[14rem_minmax(0,1fr)]">
      <a
        href="#content"
        className="sr-only focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-50 focus:rounded-md focus:bg-surface focus:px-3 focus:py-1.5"
      >
        {text.skip}
      </a>
      <header className="sticky top-0 z-20 flex h-12 items-center gap-2 border-b border-line bg-surface px-3 sm:hidden">
        <IconButton
          icon={MenuIcon}
          label={menuOpen ? text.closeMenu : text.openMenu}
          aria-expanded={menuOpen}
          onClick={() => setMenuOpen(!menuOpen)}
        />
        <span className="grow font-semibold">EZModel</span>
        <IconButton icon={Search} label={text.palette} onClick={openPalette} />
      </header>
      <aside
        aria-label={text.navigation}
        className={classNames(
          'border-line bg-surface sm:sticky sm:top-0 sm:block sm:h-dvh sm:border-r',
          menuOpen ? 'fixed inset-x-0 top-12 bottom-0 z-20' : 'hidden',
        )}
      >
        <Sidebar session={session} openPalette={openPalette} />
      </aside>
      <main id="content" tabIndex={-1} className="min-w-0 outline-none">
        {mayOpen ? (
          <Outlet />
        ) : (
          <Page title={row?.title[language] ?? ''}>
            <Forbidden />
          </Page>
        )}
      </main>
      {paletteOpen && <Palette onClose={() => setPaletteOpen(false)} />}
    </div>
  );
}
