import { useMessages } from '../../i18n/messages.ts';
import { Page as Frame } from '../../ui/page.tsx';
import { setupMessages } from './messages.ts';

/** The first steps of a new gateway. */
export function Page() {
  const text = useMessages(setupMessages);
  return <Frame title={text.title}>{null}</Frame>;
}
