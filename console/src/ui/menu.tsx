import { Ellipsis } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import type { ReactNode } from 'react';
import { useMessages } from '../i18n/messages.ts';
import { IconButton } from './button.tsx';
import { classNames } from './class-names.ts';
import { uiMessages } from './messages.ts';

/** One line of a menu. */
export type MenuItem = { label: string; onSelect: () => void; danger?: boolean; disabled?: boolean };

/** What can be done with something, behind a button. Not modal, so that it needs no style of its own in the document. */
export function Menu({ items, label, trigger }: { items: readonly MenuItem[]; label?: string; trigger?: ReactNode }) {
  const text = useMessages(uiMessages);
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>
        {trigger ?? <IconButton icon={Ellipsis} label={label ?? text.moreActions} />}
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          align="end"
          sideOffset={4}
          className="z-40 min-w-44 rounded-lg bg-surface p-1 shadow-float"
        >
          {items.map((item) => (
            <DropdownMenu.Item
              key={item.label}
              disabled={item.disabled ?? false}
              onSelect={item.onSelect}
              className={classNames(
                'flex h-8 cursor-pointer items-center rounded-md px-2.5 outline-none data-disabled:opacity-50 data-highlighted:bg-raised',
                item.danger && 'text-bad',
              )}
            >
              {item.label}
            </DropdownMenu.Item>
          ))}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
