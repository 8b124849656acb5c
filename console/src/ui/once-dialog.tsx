import { Button } from './button.tsx';
import { SecretOnce } from './copy.tsx';
import { Dialog, DialogActions } from './dialog.tsx';

type OnceDialogProps = {
  title: string;
  hint: string;
  value: string;
  /** On the button that closes it. */
  done: string;
  onClose: () => void;
};

/** Something secret that is shown this once; it stays until it has been taken. */
export function OnceDialog({ title, hint, value, done, onClose }: OnceDialogProps) {
  return (
    <Dialog title={title} onClose={undefined}>
      <p className="mb-3 text-soft">{hint}</p>
      <SecretOnce value={value} label={title} />
      <DialogActions>
        <Button kind="primary" onClick={onClose}>
          {done}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
