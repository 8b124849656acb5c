import { useMessages } from '../../i18n/messages.ts';
import { Entry } from '../../shell/entry.tsx';
import { keyHolderMessages } from './messages.ts';

/** What the holder of a key may know of it, by presenting it. */
export function Page() {
  const text = useMessages(keyHolderMessages);
  return <Entry title={text.title}>{null}</Entry>;
}
