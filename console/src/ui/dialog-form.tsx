import type { ReactNode } from 'react';
import { useMessages } from '../i18n/messages.ts';
import { Button } from './button.tsx';
import { DialogActions } from './dialog.tsx';
import { uiMessages } from './messages.ts';
import { ProblemNote } from './states.tsx';

type DialogFormProps = {
  children: ReactNode;
  /** What became of the last try; fields show what is theirs of it themselves. */
  error: Error | null;
  busy: boolean;
  /** The verb on the button that sends it; undefined: save. */
  action?: string;
  /** Other buttons, before the one that leaves. */
  more?: ReactNode;
  onSubmit: () => void;
  onClose: () => void;
};

/** What is filled in in a dialog, with what went wrong and the buttons that send it or leave. */
export function DialogForm({ children, error, busy, action, more, onSubmit, onClose }: DialogFormProps) {
  const text = useMessages(uiMessages);
  return (
    <form
      className="grid gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit();
      }}
    >
      {children}
      {error && <ProblemNote error={error} />}
      <DialogActions>
        {more}
        <Button onClick={onClose}>{text.cancel}</Button>
        <Button type="submit" kind="primary" busy={busy}>
          {action ?? text.save}
        </Button>
      </DialogActions>
    </form>
  );
}
