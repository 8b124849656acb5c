import { useNavigate } from '@tanstack/react-router';
import { CornerDownLeft } from 'lucide-react';
import { type KeyboardEvent, useId, useState } from 'react';
import { useMay } from '../api/session.ts';
import { useMessages } from '../i18n/messages.ts';
import { setPreferences, usePreferences } from '../lib/preferences.ts';
import { PAGES } from '../routes.ts';
import { classNames } from '../ui/class-names.ts';
import { Dialog } from '../ui/dialog.tsx';
import { shellMessages } from './messages.ts';
import { signOut } from './sidebar.tsx';

type Command = { id: string; label: string; words: string; run: () => void };

/** Goes to any page and does what can be done anywhere, by its name in either language. */
export function Palette({ onClose }: { onClose: () => void }) {
  const text = useMessages(shellMessages);
  const commands = useCommands();
  const listId = useId();
  const [typed, setTyped] = useState('');
  const [chosen, setChosen] = useState(0);
  const found = commands.filter(({ words }) => words.includes(typed.trim().toLowerCase()));
  const run = (command: Command | undefined) => {
    if (!command) return;
    onClose();
    command.run();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      setChosen((at) => (at + step + found.length) % Math.max(1, found.length));
    } else if (event.key === 'Enter') {
      event.preventDefault();
      run(found[chosen]);
    }
  };
  return (
    <Dialog title={text.palette} onClose={onClose}>
      <input
        role="combobox"
        aria-expanded
        aria-controls={listId}
        aria-label={text.paletteHint}
        aria-activedescendant={found[chosen] && `${listId}-${found[chosen].id}`}
        placeholder={text.paletteHint}
        value={typed}
        onChange={(event) => {
          setTyped(event.target.value);
          setChosen(0);
        }}
        onKeyDown={onKeyDown}
        className="control h-10 w-full text-sm"
      />
      <div id={listId} role="listbox" aria-label={text.palette} className="mt-2 max-h-80 overflow-y-auto">
        {found.map((command, index) => (
          <div
            key={command.id}
            id={`${listId}-${command.id}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === chosen}
            onClick={() => run(command)}
            onKeyDown={onKeyDown}
            className={classNames(
              'flex h-9 cursor-pointer items-center justify-between rounded-md px-2.5 hover:bg-raised',
              index === chosen && 'bg-raised',
            )}
          >
            {command.label}
            {index === chosen && <CornerDownLeft aria-hidden size={14} className="text-soft" />}
          </div>
        ))}
      </div>
      {found.length === 0 && <p className="px-2.5 py-2 text-soft">{text.nothingFound}</p>}
    </Dialog>
  );
}

function useCommands(): Command[] {
  const text = useMessages(shellMessages);
  const { language } = usePreferences();
  const navigate = useNavigate();
  const may = { viewer: useMay('viewer'), member: useMay('member'), admin: useMay('admin'), owner: useMay('owner') };
  const pages = PAGES.filter(({ path, role }) => !path.includes('$') && (role === 'anyone' || may[role])).map(
    (page) => ({
      id: `page${page.path.replaceAll('/', '-')}`,
      label: page.title[language],
      words: Object.values(page.title).join(' ').toLowerCase(),
      run: () => void navigate({ to: page.path }),
    }),
  );
  const themes = [
    { theme: 'light', label: text.lightTheme },
    { theme: 'dark', label: text.darkTheme },
    { theme: 'system', label: text.systemTheme },
  ] as const;
  return [
    ...pages,
    ...themes.map(({ theme, label }) => ({
      id: `theme-${theme}`,
      label,
      words: `${label} theme`.toLowerCase(),
      run: () => setPreferences({ theme }),
    })),
    { id: 'english', label: text.inEnglish, words: 'english 英文', run: () => setPreferences({ language: 'en' }) },
    {
      id: 'chinese',
      label: text.inChinese,
      words: '简体中文 chinese',
      run: () => setPreferences({ language: 'zh-CN' }),
    },
    { id: 'sign-out', label: text.signOut, words: `${text.signOut} sign out`.toLowerCase(), run: () => void signOut() },
  ];
}
