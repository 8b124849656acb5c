import { X } from 'lucide-react';
import { useSyncExternalStore } from 'react';
import { createStore } from '../api/store.ts';
import { useMessages } from '../i18n/messages.ts';
import { IconButton } from './button.tsx';
import { classNames } from './class-names.ts';
import { uiMessages } from './messages.ts';

type Toast = { id: number; text: string; kind: 'good' | 'bad' };

/** How long a toast of success stays, in ms; one of failure stays until it is dismissed. */
const SHOWN_FOR = 4_000;

const store = createStore<readonly Toast[]>([]);
let lastId = 0;

function dismiss(id: number): void {
  store.set(store.get().filter((toast) => toast.id !== id));
}

/** Says something at the edge of the page. */
export function showToast(text: string, kind: Toast['kind'] = 'good'): void {
  lastId += 1;
  const id = lastId;
  store.set([...store.get().slice(-3), { id, text, kind }]);
  if (kind === 'good') setTimeout(() => dismiss(id), SHOWN_FOR);
}

/** Where toasts appear; once, in the shell. */
export function Toasts() {
  const text = useMessages(uiMessages);
  const toasts = useSyncExternalStore(store.subscribe, store.get);
  return (
    <section
      aria-label={text.notifications}
      aria-live="polite"
      className="fixed right-4 bottom-4 z-50 grid max-w-sm gap-2"
    >
      {toasts.map((toast) => (
        <div key={toast.id} className="card flex items-center gap-3 py-1.5 pr-1.5 pl-3 shadow-float">
          <span
            aria-hidden
            className={classNames('size-2 rounded-full', toast.kind === 'good' ? 'bg-good' : 'bg-bad')}
          />
          <span className="grow break-words">{toast.text}</span>
          <IconButton icon={X} label={text.dismiss} onClick={() => dismiss(toast.id)} />
        </div>
      ))}
    </section>
  );
}
