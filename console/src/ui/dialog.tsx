import { X } from 'lucide-react';
import { type ReactNode, useEffect, useId, useRef } from 'react';
import { useMessages } from '../i18n/messages.ts';
import { IconButton } from './button.tsx';
import { classNames } from './class-names.ts';
import { uiMessages } from './messages.ts';

type DialogProps = {
  title: string;
  children: ReactNode;
  /** Undefined: it stays until its work is done. */
  onClose: (() => void) | undefined;
  wide?: boolean;
};

/**
 * A dialog over the page, in the browser's own top layer: focus stays inside, the page behind is inert, Escape closes it.
 * It is open while it is drawn.
 */
export function Dialog({ title, children, onClose, wide = false }: DialogProps) {
  const text = useMessages(uiMessages);
  const element = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => {
    const dialog = element.current;
    const before = document.activeElement;
    dialog?.showModal();
    // What is to be filled in comes before the button that closes.
    dialog?.querySelector<HTMLElement>('input, select, textarea')?.focus();
    return () => {
      dialog?.close();
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={element}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        onClose?.();
      }}
      className={classNames(
        'm-auto w-[calc(100vw-1.5rem)] max-h-[calc(100dvh-2rem)] overflow-auto rounded-xl bg-surface p-0 text-ink shadow-float',
        wide ? 'max-w-3xl' : 'max-w-md',
      )}
    >
      <div className="flex items-center justify-between gap-4 px-5 pt-4">
        <h2 id={titleId} className="text-[15px] font-semibold">
          {title}
        </h2>
        {onClose && <IconButton icon={X} label={text.close} onClick={onClose} className="-mr-2" />}
      </div>
      <div className="px-5 pt-3 pb-5">{children}</div>
    </dialog>
  );
}

/** The buttons at the end of a dialog or form. */
export function DialogActions({ children }: { children: ReactNode }) {
  return <div className="mt-5 flex flex-wrap justify-end gap-2">{children}</div>;
}
