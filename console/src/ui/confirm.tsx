import type { ReactNode } from 'react';
import { useMessages } from '../i18n/messages.ts';
import { Button } from './button.tsx';
import { Dialog, DialogActions } from './dialog.tsx';
import { uiMessages } from './messages.ts';
import { ProblemNote } from './states.tsx';

type ConfirmProps = {
  title: string;
  /** What will happen, and to what. */
  children: ReactNode;
  /** The verb on the button that does it. */
  action: string;
  busy: boolean;
  error: Error | null;
  onConfirm: () => void;
  onClose: () => void;
};

/** Asks before something that cannot be taken back. */
export function Confirm({ title, children, action, busy, error, onConfirm, onClose }: ConfirmProps) {
  const text = useMessages(uiMessages);
  return (
    <Dialog title={title} onClose={onClose}>
      <div className="text-soft">{children}</div>
      {error && <ProblemNote error={error} />}
      <DialogActions>
        <Button onClick={onClose}>{text.cancel}</Button>
        <Button kind="danger" busy={busy} onClick={onConfirm}>
          {action}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
