import { Link } from '@tanstack/react-router';
import { FolderKanban, Plus } from 'lucide-react';
import { useState } from 'react';
import { useAdmin, useChange } from '../../api/hooks.ts';
import { useMay } from '../../api/session.ts';
import { useMessages } from '../../i18n/messages.ts';
import { useFormat } from '../../lib/format.ts';
import { textParameter, useUrlState } from '../../lib/url-state.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import { LimitsDialog } from '../../ui/limits-dialog.tsx';
import { Menu } from '../../ui/menu.tsx';
import { Ago } from '../../ui/money.tsx';
import { Page as Frame } from '../../ui/page.tsx';
import { SearchField } from '../../ui/search-field.tsx';
import { Empty, Loaded } from '../../ui/states.tsx';
import { showToast } from '../../ui/toast.tsx';
import { DEFAULT_PROJECT, EditProject, type Project } from './edit-project.tsx';
import { projectsMessages } from './messages.ts';

const ADDRESS = { q: textParameter() };

/** What is done with a project in a dialog; without one, a new one is made. */
type Open = { what: 'create' } | { what: 'change' | 'limits'; project: Project };

/** The projects that somebody sees. */
export function Page() {
  const text = useMessages(projectsMessages);
  const [{ q }, setAddress] = useUrlState(ADDRESS);
  const [open, setOpen] = useState<Open>();
  const mayChange = useMay('admin');
  const projects = useAdmin('GET /projects', {});
  const close = () => setOpen(undefined);
  return (
    <Frame
      title={text.title}
      description={text.description}
      actions={
        <>
          <SearchField label={text.search} value={q} onValue={(next) => setAddress({ q: next })} />
          {mayChange && (
            <Button kind="primary" icon={Plus} onClick={() => setOpen({ what: 'create' })}>
              {text.create}
            </Button>
          )}
        </>
      }
    >
      <div className="card min-w-0">
        <Loaded query={projects}>
          {(data) => <Projects projects={data.projects} search={q} mayChange={mayChange} onOpen={setOpen} />}
        </Loaded>
      </div>
      {open?.what === 'create' && <EditProject project={undefined} onClose={close} />}
      {open?.what === 'change' && <EditProject project={open.project} onClose={close} />}
      {open?.what === 'limits' && <LimitsDialog holder={{ ...open.project, scope: 'project' }} onClose={close} />}
    </Frame>
  );
}

type ProjectsProps = {
  projects: readonly Project[];
  search: string;
  mayChange: boolean;
  onOpen: (open: Open) => void;
};

function Projects({ projects, search, mayChange, onOpen }: ProjectsProps) {
  const text = useMessages(projectsMessages);
  const format = useFormat();
  const keys = useAdmin('GET /keys', {}).data?.keys ?? [];
  const counts = Map.groupBy(
    keys.filter(({ state }) => state !== 'revoked'),
    (key) => key.project_id,
  );
  const wanted = search.trim().toLowerCase();
  const rows = projects.filter(({ name, id, tags }) =>
    `${name} ${id} ${tags.join(' ')}`.toLowerCase().includes(wanted),
  );
  if (rows.length === 0) {
    return <Empty icon={FolderKanban} title={projects.length === 0 ? text.none : text.noMatch} />;
  }
  const now = Date.now();
  return (
    <DataTable
      label={text.title}
      rows={rows}
      rowKey={({ id }) => id}
      columns={[
        {
          id: 'name',
          title: text.name,
          width: 'minmax(12rem, 2fr)',
          cell: ({ name }) => <span className="font-medium">{name}</span>,
        },
        {
          id: 'models',
          title: text.models,
          width: 'minmax(10rem, 1fr)',
          cell: ({ models }) => models?.join(', ') ?? text.all,
        },
        { id: 'tags', title: text.tags, width: 'minmax(8rem, 1fr)', cell: ({ tags }) => tags.join(', ') || '–' },
        {
          id: 'keys',
          title: text.keys,
          width: '5rem',
          align: 'end',
          cell: ({ id }) => format.count(counts.get(id)?.length ?? 0),
        },
        {
          id: 'state',
          title: text.state,
          width: '7rem',
          cell: (project) =>
            project.archived_at === null ? (
              <Badge tone="good">{text.active}</Badge>
            ) : (
              <Badge tone="warn">{text.archived}</Badge>
            ),
        },
        {
          id: 'created',
          title: text.created,
          width: '9rem',
          cell: (project) => (project.created_at === 0 ? '–' : <Ago at={project.created_at} now={now} />),
        },
        {
          id: 'members',
          title: text.members,
          width: '6rem',
          cell: ({ id, name }) => (
            <Link
              to="/projects/$id/members"
              params={{ id }}
              aria-label={text.membersOf(name)}
              className="text-accent hover:underline"
            >
              {text.members}
            </Link>
          ),
        },
        {
          id: 'actions',
          title: text.actions,
          width: '7rem',
          align: 'end',
          cell: (project) => {
            if (project.managed) return <Badge>{text.managed}</Badge>;
            return mayChange ? <ProjectMenu project={project} onOpen={onOpen} /> : null;
          },
        },
      ]}
    />
  );
}

function ProjectMenu({ project, onOpen }: { project: Project; onOpen: (open: Open) => void }) {
  const text = useMessages(projectsMessages);
  const change = useChange('PATCH /projects/{id}', ['GET /projects', 'GET /keys']);
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
    <Menu
      label={text.actionsOf(project.name)}
      items={[
        { label: text.change, onSelect: () => onOpen({ what: 'change', project }) },
        { label: text.limits, onSelect: () => onOpen({ what: 'limits', project }) },
        ...(project.id === DEFAULT_PROJECT
          ? []
          : [{ label: isArchived ? text.unarchive : text.archive, onSelect: toggle, danger: !isArchived }]),
      ]}
    />
  );
}
