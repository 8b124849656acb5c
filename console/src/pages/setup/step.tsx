import { Check } from 'lucide-react';
import type { ReactNode } from 'react';
import { useMessages } from '../../i18n/messages.ts';
import { setupMessages } from './messages.ts';

type StepProps = { number: number; title: string; hint: string; done: boolean; children: ReactNode };

/** One of the first steps: what to do, and whether it is done. */
export function Step({ number, title, hint, done, children }: StepProps) {
  const text = useMessages(setupMessages);
  return (
    <li className="card grid gap-4 p-5 sm:grid-cols-[2rem_minmax(0,1fr)]">
      <span
        className={`grid size-7 place-items-center rounded-full text-xs font-semibold ${done ? 'bg-good-tint text-good' : 'bg-tint text-accent'}`}
      >
        {done ? <Check role="img" aria-label={text.done} size={15} /> : number}
      </span>
      <div className="grid min-w-0 content-start gap-4">
        <div>
          <h2 className="font-semibold">{title}</h2>
          <p className="text-soft">{hint}</p>
        </div>
        {children}
      </div>
    </li>
  );
}
