import { Link, useNavigate } from '@tanstack/react-router';
import { ChevronsUpDown, Search } from 'lucide-react';
import { callAdmin } from '../api/client.ts';
import { endSession, type Session, useMay } from '../api/session.ts';
import { useMessages } from '../i18n/messages.ts';
import { type Language, setPreferences, usePreferences } from '../lib/preferences.ts';
import { GROUPS, PAGES, type PageRow } from '../routes.ts';
import { Menu } from '../ui/menu.tsx';
import { showToast } from '../ui/toast.tsx';
import { shellMessages } from './messages.ts';
import { useRoleNames } from './roles.ts';

/** The pages, by group, and whose session it is. */
export function Sidebar({ session, openPalette }: { session: Session; openPalette: () => void }) {
  const text = useMessages(shellMessages);
  const { language } = usePreferences();
  return (
    <div className="flex h-full flex-col gap-3 overflow-y-auto p-3">
      <div className="hidden items-center gap-2 px-2 pt-1 sm:flex">
        <Mark />
        <span className="font-semibold tracking-tight">EZModel</span>
      </div>
      <button
        type="button"
        onClick={openPalette}
        className="hidden h-8 items-center gap-2 rounded-md border border-line px-2.5 text-soft hover:border-strong sm:flex"
      >
        <Search aria-hidden size={14} />
        <span className="grow text-left">{text.search}</span>
        <kbd className="font-mono text-2xs">Ctrl K</kbd>
      </button>
      <nav aria-label={text.navigation} className="grid gap-4">
        {Object.entries(GROUPS).map(([group, heading]) => {
          const pages = PAGES.filter((page) => page.group === group);
          if (pages.length === 0) return null;
          return (
            <div key={group}>
              <p className="px-2 pb-1 text-2xs font-medium text-soft">{heading[language]}</p>
              <ul className="grid gap-px">
                {pages.map((page) => (
                  <PageLink key={page.path} page={page} language={language} />
                ))}
              </ul>
            </div>
          );
        })}
      </nav>
      <div className="grow" />
      <Account session={session} />
    </div>
  );
}

/** The mark of the product. */
export function Mark() {
  return (
    <svg aria-hidden="true" viewBox="0 0 32 32" className="size-6">
      <rect width="32" height="32" rx="8" className="fill-solid" />
      <path d="M9 10h14M9 16h9M9 22h14" stroke="#fff" strokeWidth="3" strokeLinecap="round" />
    </svg>
  );
}

function PageLink({ page, language }: { page: PageRow; language: Language }) {
  const mayOpen = useMay(page.role === 'anyone' ? 'viewer' : page.role);
  if (!mayOpen) return null;
  const Icon = page.icon;
  return (
    <li>
      <Link
        to={page.path}
        activeOptions={{ exact: page.path === '/', includeSearch: false }}
        className="flex h-8 items-center gap-2.5 rounded-md px-2 text-soft hover:bg-raised hover:text-ink data-[status=active]:bg-raised data-[status=active]:font-medium data-[status=active]:text-ink"
      >
        <Icon aria-hidden size={15} strokeWidth={1.75} />
        {page.title[language]}
      </Link>
    </li>
  );
}

/** Ends the session; without an answer it ends here all the same. */
export async function signOut(): Promise<void> {
  try {
    const { provider_url: provider } = await callAdmin('DELETE /session', {});
    if (provider !== null) window.location.assign(provider);
  } catch (error) {
    showToast(error instanceof Error ? error.message : String(error), 'bad');
  }
  endSession();
}

function Account({ session }: { session: Session }) {
  const text = useMessages(shellMessages);
  const roles = useRoleNames();
  const { theme, language } = usePreferences();
  const name = session.user?.name ?? '';
  const themes = [
    { theme: 'light', label: text.lightTheme },
    { theme: 'dark', label: text.darkTheme },
    { theme: 'system', label: text.systemTheme },
  ] as const;
  const navigate = useNavigate();
  const other: Language = language === 'en' ? 'zh-CN' : 'en';
  return (
    <Menu
      items={[
        ...themes
          .filter((each) => each.theme !== theme)
          .map((each) => ({ label: each.label, onSelect: () => setPreferences({ theme: each.theme }) })),
        {
          label: other === 'en' ? text.inEnglish : text.inChinese,
          onSelect: () => setPreferences({ language: other }),
        },
        { label: text.profile, onSelect: () => void navigate({ to: '/profile' }) },
        { label: text.signOut, onSelect: () => void signOut() },
      ]}
      trigger={
        <button
          type="button"
          aria-label={text.account(name)}
          className="flex items-center gap-2.5 rounded-md px-2 py-1.5 text-left hover:bg-raised"
        >
          <span
            aria-hidden
            className="grid size-7 shrink-0 place-items-center rounded-full bg-tint font-medium text-accent"
          >
            {name.slice(0, 1).toUpperCase()}
          </span>
          <span className="min-w-0 grow">
            <span className="block truncate font-medium">{name}</span>
            <span className="block truncate text-xs text-soft">{roles[session.role]}</span>
          </span>
          <ChevronsUpDown aria-hidden size={14} className="text-soft" />
        </button>
      }
    />
  );
}
