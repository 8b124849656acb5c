import { type ReactNode, useState } from 'react';
import type { AnswerOf, InputOf, Seen } from '../api/client.ts';
import { type Edit, type Reading, useSeen } from '../api/edit.ts';
import { defineMessages, useMessages } from '../i18n/messages.ts';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { DialogForm } from './dialog-form.tsx';
import { Loaded, SkeletonRows } from './states.tsx';

const messages = defineMessages(
  {
    title: 'Somebody else changed this meanwhile',
    differs: 'What is different now:',
    nothing: 'Nothing that this form shows is different.',
    was: 'before',
    is: 'now',
    hint: 'Saving puts what you changed in its place; the rest stays as it is now.',
    take: 'Drop mine, show what is there',
    anyway: 'Save mine anyway',
    empty: '(nothing)',
  },
  {
    title: '其他人刚刚修改了此内容',
    differs: '现在的不同之处：',
    nothing: '此表单显示的内容没有不同。',
    was: '之前',
    is: '现在',
    hint: '保存会以您的修改取而代之；其余部分保持现状。',
    take: '放弃我的修改，显示现状',
    anyway: '仍然保存我的修改',
    empty: '（空）',
  },
);

/** What a form shows, as texts with their labels. */
export type Facts = readonly (readonly [label: string, value: string])[];

/** A dialog that changes one thing. It is read as the dialog opens; `take` begins anew with what is there by now. */
export function EditDialog<Name extends Reading>({
  title,
  wide = false,
  read,
  input,
  onClose,
  children,
}: {
  title: string;
  wide?: boolean;
  read: Name;
  input: InputOf<Name>;
  onClose: () => void;
  children: (seen: Seen<Name>, take: (seen: Seen<Name>) => void) => ReactNode;
}) {
  const first = useSeen(read, input);
  const [taken, setTaken] = useState<Seen<Name>>();
  return (
    <Dialog title={title} onClose={onClose} wide={wide}>
      <Loaded query={first} skeleton={<SkeletonRows rows={4} />}>
        {(seen) => <Anew key={(taken ?? seen).tag}>{children(taken ?? seen, setTaken)}</Anew>}
      </Loaded>
    </Dialog>
  );
}

/** Draws its content from the start when its key changes. */
function Anew({ children }: { children: ReactNode }) {
  return children;
}

/** What a form in such a dialog is given: what it begins with, and how it ends. */
export type EditFormProps<Read extends Reading> = {
  seen: Seen<Read>;
  /** Begins anew with what is there by now. */
  onTake: (seen: Seen<Read>) => void;
  onClose: () => void;
};

/** A form in such a dialog, which tells what differs when somebody else was faster. */
export function EditForm<Read extends Reading>({
  children,
  edit,
  seen,
  factsOf,
  onTake,
  onSubmit,
  onClose,
  more,
}: EditFormProps<Read> & {
  children: ReactNode;
  edit: Omit<Edit<Read, never>, 'send'>;
  factsOf: (answer: AnswerOf<Read>) => Facts;
  onSubmit: () => void;
  /** Other buttons. */
  more?: ReactNode;
}) {
  const text = useMessages(messages);
  const { error, busy, conflict } = edit;
  return (
    <DialogForm
      error={error}
      busy={busy}
      onSubmit={onSubmit}
      onClose={onClose}
      more={more}
      {...(conflict && { action: text.anyway })}
    >
      {children}
      {conflict && (
        <Conflict before={factsOf(seen.answer)} now={factsOf(conflict.answer)} onTake={() => onTake(conflict)} />
      )}
    </DialogForm>
  );
}

/** That somebody else was faster: what is different now, and a way to begin anew with it. */
export function Conflict({ before, now, onTake }: { before: Facts; now: Facts; onTake: () => void }) {
  const text = useMessages(messages);
  const was = new Map(before);
  const differing = now.filter(([label, value]) => was.get(label) !== value);
  return (
    <div role="alert" className="grid gap-2 rounded-md bg-warn-tint px-3 py-2.5">
      <p className="font-medium text-warn">{text.title}</p>
      <p>{differing.length === 0 ? text.nothing : text.differs}</p>
      {differing.map(([label, value]) => (
        <div key={label} className="grid gap-0.5">
          <span className="font-medium">{label}</span>
          <Side name={text.was} value={was.get(label) ?? ''} empty={text.empty} />
          <Side name={text.is} value={value} empty={text.empty} />
        </div>
      ))}
      <p>{text.hint}</p>
      <Button className="justify-self-start" onClick={onTake}>
        {text.take}
      </Button>
    </div>
  );
}

function Side({ name, value, empty }: { name: string; value: string; empty: string }) {
  return (
    <span className="grid grid-cols-[4rem_1fr] gap-2">
      <span>{name}</span>
      <span className="min-w-0 break-words whitespace-pre-line">{value === '' ? empty : value}</span>
    </span>
  );
}
