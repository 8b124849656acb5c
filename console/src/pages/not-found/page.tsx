import { Link } from '@tanstack/react-router';
import { Compass } from 'lucide-react';
import { defineMessages, useMessages } from '../../i18n/messages.ts';
import { Page as Frame } from '../../ui/page.tsx';
import { Empty } from '../../ui/states.tsx';

const messages = defineMessages(
  { title: 'Not found', text: 'There is no page at this address.', back: 'To the overview' },
  { title: '未找到页面', text: '此地址没有页面。', back: '返回概览' },
);

/** An address that is no page. */
export function Page() {
  const text = useMessages(messages);
  return (
    <Frame title={text.title}>
      <Empty icon={Compass} title={text.text}>
        <Link to="/" className="text-accent hover:underline">
          {text.back}
        </Link>
      </Empty>
    </Frame>
  );
}
