import type { LucideIcon } from 'lucide-react';
import type { ComponentProps } from 'react';
import { classNames } from './class-names.ts';

const KINDS = {
  primary: 'bg-solid text-solid-ink hover:brightness-110 border border-transparent',
  plain: 'bg-surface text-ink border border-strong hover:bg-raised',
  quiet: 'text-soft hover:text-ink hover:bg-raised border border-transparent',
  danger: 'bg-surface text-bad border border-strong hover:bg-bad-tint',
} as const;

type ButtonProps = ComponentProps<'button'> & {
  kind?: keyof typeof KINDS | undefined;
  icon?: LucideIcon | undefined;
  /** Something is under way: it cannot be pressed again. */
  busy?: boolean | undefined;
};

/** A button with a text. */
export function Button({
  kind = 'plain',
  icon: Icon,
  busy = false,
  disabled,
  className,
  children,
  ...rest
}: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      disabled={disabled || busy}
      aria-busy={busy || undefined}
      className={classNames(
        'inline-flex h-8 shrink-0 items-center justify-center gap-1.5 rounded-md px-3 font-medium whitespace-nowrap disabled:opacity-55',
        KINDS[kind],
        className,
      )}
    >
      {Icon && <Icon aria-hidden size={15} strokeWidth={1.75} />}
      {children}
    </button>
  );
}

/** A button that is an icon; its name is read out and shown on hover. */
export function IconButton({
  icon: Icon,
  label,
  className,
  ...rest
}: ComponentProps<'button'> & { icon: LucideIcon; label: string }) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      {...rest}
      className={classNames(
        'inline-flex size-8 shrink-0 items-center justify-center rounded-md text-soft hover:bg-raised hover:text-ink disabled:opacity-55',
        className,
      )}
    >
      <Icon aria-hidden size={16} strokeWidth={1.75} />
    </button>
  );
}
