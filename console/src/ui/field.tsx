import { type ComponentProps, type ReactNode, useId } from 'react';
import { ApiProblem } from '../api/problem.ts';
import { classNames } from './class-names.ts';

type Described = { label: string; hint?: ReactNode; error?: string | undefined };

/** What a field's control is tied to its texts with. */
type Tie = { id: string; 'aria-describedby': string | undefined; 'aria-invalid': boolean | undefined };

/** A control with its label, a hint, and what is wrong with it. */
export function Field({ label, hint, error, children }: Described & { children: (tie: Tie) => ReactNode }) {
  const id = useId();
  const noteId = `${id}-note`;
  const note = error ?? hint;
  return (
    <div className="grid gap-1">
      <label htmlFor={id} className="font-medium">
        {label}
      </label>
      {children({
        id,
        'aria-describedby': note ? noteId : undefined,
        'aria-invalid': error !== undefined || undefined,
      })}
      {note && (
        <p id={noteId} className={classNames('text-xs', error === undefined ? 'text-soft' : 'text-bad')}>
          {note}
        </p>
      )}
    </div>
  );
}

/** A line of text to fill in. */
export function TextField({
  label,
  hint,
  error,
  className,
  onValue,
  ...rest
}: Described & ComponentProps<'input'> & { onValue: (value: string) => void }) {
  return (
    <Field label={label} hint={hint} error={error}>
      {(tie) => (
        <input
          {...rest}
          {...tie}
          onChange={(event) => onValue(event.target.value)}
          className={classNames('control w-full', className)}
        />
      )}
    </Field>
  );
}

/** Several lines of text to fill in. */
export function TextArea({
  label,
  hint,
  error,
  className,
  onValue,
  ...rest
}: Described & ComponentProps<'textarea'> & { onValue: (value: string) => void }) {
  return (
    <Field label={label} hint={hint} error={error}>
      {(tie) => (
        <textarea
          {...rest}
          {...tie}
          onChange={(event) => onValue(event.target.value)}
          className={classNames('control h-auto min-h-16 w-full py-1.5', className)}
        />
      )}
    </Field>
  );
}

/** One of some choices; the browser's own list. */
export function SelectField<T extends string>({
  label,
  hint,
  error,
  value,
  choices,
  onValue,
  disabled,
}: Described & {
  value: T;
  choices: readonly { value: T; label: string }[];
  onValue: (value: T) => void;
  disabled?: boolean;
}) {
  return (
    <Field label={label} hint={hint} error={error}>
      {(tie) => (
        <select
          {...tie}
          value={value}
          disabled={disabled}
          onChange={(event) => {
            const chosen = choices.find((choice) => choice.value === event.target.value);
            if (chosen) onValue(chosen.value);
          }}
          className="control w-full"
        >
          {choices.map((choice) => (
            <option key={choice.value} value={choice.value}>
              {choice.label}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

/** A box to tick. */
export function CheckField({
  label,
  checked,
  onValue,
  disabled,
}: {
  label: string;
  checked: boolean;
  onValue: (checked: boolean) => void;
  disabled?: boolean;
}) {
  return (
    <label className="flex min-h-6 items-center gap-2">
      <input
        type="checkbox"
        checked={checked}
        disabled={disabled}
        onChange={(event) => onValue(event.target.checked)}
        className="size-4 accent-solid"
      />
      {label}
    </label>
  );
}

/** What the server said of a field of the last request, for its `error`. */
export function fieldError(error: Error | null, field: string): string | undefined {
  if (!(error instanceof ApiProblem)) return undefined;
  return error.fields.find((problem) => problem.field === field || problem.field.startsWith(`${field}.`))?.message;
}
