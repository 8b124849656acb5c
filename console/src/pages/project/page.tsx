import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { AnswerOf } from '../../api/client.ts';
import { useAdmin, useChange } from '../../api/hooks.ts';
import { useMay } from '../../api/session.ts';
import { useMessages } from '../../i18n/messages.ts';
import { useFormat } from '../../lib/format.ts';
import { usePathParameter } from '../../router.tsx';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { LimitFacts, LimitsDialog } from '../../ui/limits-dialog.tsx';
import { Page as Frame, Section } from '../../ui/page.tsx';
import { PayloadNote } from '../../ui/payload-note.tsx';
import { Loaded } from '../../ui/states.tsx';
import { showToast } from '../../ui/toast.tsx';
import { Budgets } from './budgets.tsx';
import { EditProject } from './edit-project.tsx';
import { Members } from './members.tsx';
import { projectMessages } from './messages.ts';
import { useUnpricedText } from './unpriced.tsx';

/** A project as the admin API shows it. */
export type Project = AnswerOf<'GET /projects/{id}'>['project'];

/** Keys keep the name of the project that every store has. */
export const DEFAULT_PROJECT = 'proj_default';

/** One project: what its keys may do, what they may spend and use, and who its members are. */
export function Page() {
  const text = useMessages(projectMessages);
  const id = usePathParameter('id');
  const project = useAdmin('GET /projects/{id}', { params: { id } });
  return (
    <Frame
      title={project.data?.project.name ?? text.title}
      description={text.description}
      actions={project.data && <Actions project={project.data.project} />}
    >
      <Loaded query={project}>{(data) => <Parts project={data.project} />}</Loaded>
    </Frame>
  );
}

function Parts({ project }: { project: Project }) {
  const { id } = project;
  return (
    <div className="grid gap-5">
      <Allowed project={project} />
      <Budgets projectId={id} />
      <Limits project={project} />
      <Members projectId={id} />
    </div>
  );
}

function Actions({ project }: { project: Project }) {
  const text = useMessages(projectMessages);
  const mayChange = useMay('admin');
  const [editing, setEditing] = useState(false);
  const reads = ['GET /projects/{id}', 'GET /projects', 'GET /keys'] as const;
  const change = useChange('PATCH /projects/{id}', reads);
  const isArchived = project.archived_at !== null;
  const toggle = () =>
    change.mutate(
      { params: { id: project.id }, body: { archived: !isArchived } },
      {
        onSuccess: () => showToast(text.changed(project.name)),
        onError: (error) => showToast(error.message, 'bad'),
      },
    );
  return (
    <>
      <Link to="/keys" search={{ q: project.name }} className="mr-2 text-accent hover:underline">
        {text.keys}
      </Link>
      {project.managed && <Badge>{text.managed}</Badge>}
      {mayChange && !project.managed && (
        <>
          {project.id !== DEFAULT_PROJECT && (
            <Button kind={isArchived ? 'plain' : 'danger'} busy={change.isPending} onClick={toggle}>
              {isArchived ? text.unarchive : text.archive}
            </Button>
          )}
          <Button kind="primary" onClick={() => setEditing(true)}>
            {text.change}
          </Button>
        </>
      )}
      {editing && <EditProject project={project} onClose={() => setEditing(false)} />}
    </>
  );
}

function Allowed({ project }: { project: Project }) {
  const text = useMessages(projectMessages);
  const format = useFormat();
  const unpricedText = useUnpricedText();
  const {
    models,
    ip_allow: addresses,
    tags,
    markup,
    expires_at: ends,
    archived_at: archived,
    created_at: made,
  } = project;
  const facts = [
    [text.state, archived === null ? text.active : text.archived],
    [text.models, models?.join('\n') ?? text.all],
    [text.addresses, addresses?.join('\n') ?? text.anywhere],
    [text.tags, tags.join(', ') || '–'],
    [text.markup, `× ${markup}`],
    [text.unpriced, unpricedText(project.unpriced)],
    [text.ends, ends === null ? text.never : format.time(ends)],
    ...(made === 0 ? [] : [[text.created, format.time(made)] as const]),
  ] as const;
  return (
    <Section title={text.allowed}>
      <dl className="grid gap-x-6 p-4 sm:grid-cols-[10rem_1fr] sm:gap-y-2">
        {facts.map(([label, value]) => (
          <div key={label} className="contents">
            <dt className="text-soft">{label}</dt>
            <dd className="min-w-0 break-words whitespace-pre-line max-sm:mb-2.5">{value}</dd>
          </div>
        ))}
        <dt className="text-soft">{text.payloads}</dt>
        <dd>
          <PayloadNote projectId={project.id} />
        </dd>
      </dl>
    </Section>
  );
}

function Limits({ project }: { project: Project }) {
  const text = useMessages(projectMessages);
  const mayChange = useMay('admin');
  const [editing, setEditing] = useState(false);
  const holder = { scope: 'project' as const, id: project.id, name: project.name };
  return (
    <Section title={text.limits} actions={mayChange && <Button onClick={() => setEditing(true)}>{text.change}</Button>}>
      <LimitFacts holder={holder} />
      {editing && <LimitsDialog holder={holder} onClose={() => setEditing(false)} />}
    </Section>
  );
}
