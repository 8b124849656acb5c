import { useMessages } from '../../i18n/messages.ts';
import { OnceDialog } from '../../ui/once-dialog.tsx';
import { keysMessages } from './messages.ts';

/** A key that is shown this once; it stays until it has been taken. */
export function ShowKey({ value, onClose }: { value: string; onClose: () => void }) {
  const text = useMessages(keysMessages);
  return <OnceDialog title={text.onceTitle} hint={text.onceHint} value={value} done={text.done} onClose={onClose} />;
}
