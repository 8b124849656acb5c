import { Link, useNavigate } from '@tanstack/react-router';
import { FolderKanban, Plus } from 'lucide-react';
import { useState } from 'react';
import type { AnswerOf } from '../../api/client.ts';
import { useAdmin } from '../../api/hooks.ts';
import { useMay } from '../../api/session.ts';
import { useMessages } from '../../i18n/messages.ts';
import { useFormat } from '../../lib/format.ts';
import { textParameter, useUrlState } from '../../lib/url-state.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import { Ago } from '../../ui/money.tsx';
import { Page as Frame } from '../../ui/page.tsx';
import { SearchField } from '../../ui/search-field.tsx';
import { Empty, Loaded } from '../../ui/states.tsx';
import { CreateProject } from './create-project.tsx';
import { projectsMessages } from './messages.ts';

const ADDRESS = { q: textParameter() };

type Project = AnswerOf<'GET /projects'>['projects'][number];

/** The projects that somebody sees. */
export function Page() {
  const text = useMessages(projectsMessages);
  const [{ q }, setAddress] = useUrlState(ADDRESS);
  const [isCreating, setCreating] = useState(false);
  const mayChange = useMay('admin');
  const projects = useAdmin('GET /projects', {});
  return (
    <Frame
      title={text.title}
      description={text.description}
      actions={
        <>
          <SearchField label={text.search} value={q} onValue={(next) => setAddress({ q: next })} />
          {mayChange && (
            <Button kind="primary" icon={Plus} onClick={() => setCreating(true)}>
              {text.create}
            </Button>
          )}
        </>
      }
    >
      <div className="card min-w-0">
        <Loaded query={projects}>{(data) => <Projects projects={data.projects} search={q} />}</Loaded>
      </div>
      {isCreating && <CreateProject onClose={() => setCreating(false)} />}
    </Frame>
  );
}

function Projects({ projects, search }: { projects: readonly Project[]; search: string }) {
  const text = useMessages(projectsMessages);
  const format = useFormat();
  const navigate = useNavigate();
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
      onOpen={({ id }) => void navigate({ to: '/projects/$id', params: { id } })}
      columns={[
        {
          id: 'name',
          title: text.name,
          width: 'minmax(12rem, 2fr)',
          cell: ({ id, name }) => (
            <Link to="/projects/$id" params={{ id }} className="font-medium hover:underline">
              {name}
            </Link>
          ),
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
          id: 'managed',
          title: text.setIn,
          width: '8rem',
          cell: ({ managed }) => (managed ? <Badge>{text.managed}</Badge> : text.here),
        },
      ]}
    />
  );
}
