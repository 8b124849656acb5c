import { Languages } from 'lucide-react';
import { type ReactNode, useEffect } from 'react';
import { useMessages } from '../i18n/messages.ts';
import { setPreferences, usePreferences } from '../lib/preferences.ts';
import { Button } from '../ui/button.tsx';
import { shellMessages } from './messages.ts';
import { Mark } from './sidebar.tsx';

/** The frame of a page outside the shell: one column, and the other language. */
export function Entry({ title, children, wide = false }: { title: string; children: ReactNode; wide?: boolean }) {
  const text = useMessages(shellMessages);
  const { language } = usePreferences();
  const isEnglish = language === 'en';
  useEffect(() => {
    document.title = `${title} · EZModel`;
  }, [title]);
  return (
    <div className="grid min-h-dvh content-start justify-items-center gap-6 px-4 py-10 sm:py-16">
      <header className="flex items-center gap-2.5">
        <Mark />
        <span className="text-base font-semibold tracking-tight">EZModel</span>
      </header>
      <main id="content" className={wide ? 'w-full max-w-5xl' : 'card w-full max-w-sm p-6'}>
        <h1 className="mb-5 text-lg font-semibold tracking-tight">{title}</h1>
        {children}
      </main>
      <footer>
        <Button
          kind="quiet"
          icon={Languages}
          lang={isEnglish ? 'zh-CN' : 'en'}
          onClick={() => setPreferences({ language: isEnglish ? 'zh-CN' : 'en' })}
        >
          {isEnglish ? text.inChinese : text.inEnglish}
        </Button>
      </footer>
    </div>
  );
}
