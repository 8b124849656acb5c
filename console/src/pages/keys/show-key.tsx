import { useMessages } from '../../i18n/messages.ts';
import { Button } from '../../ui/button.tsx';
import { SecretOnce } from '../../ui/copy.tsx';
import { Dialog, DialogActions } from '../../ui/dialog.tsx';
import { keysMessages } from './messages.ts';

/** A key that is shown this once; it stays until it has been taken. */
export function ShowKey({ value, onClose }: { value: string; onClose: () => void }) {
  const text = useMessages(keysMessages);
  return (
    <Dialog title={text.onceTitle} onClose={undefined}>
      <p className="mb-3 text-soft">{text.onceHint}</p>
      <SecretOnce value={value} label={text.onceTitle} />
      <DialogActions>
        <Button kind="primary" onClick={onClose}>
          {text.done}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
