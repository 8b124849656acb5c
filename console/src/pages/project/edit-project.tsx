import { useState } from 'react';
import { changesOf, useEdit } from '../../api/edit.ts';
import { useMessages } from '../../i18n/messages.ts';
import {
  type Allowance,
  AllowFields,
  readAllowance,
  showAllowance,
  useAllowanceFacts,
} from '../../ui/allow-fields.tsx';
import { EditDialog, EditForm, type EditFormProps } from '../../ui/edit-dialog.tsx';
import { fieldError, TextField } from '../../ui/field.tsx';
import { projectMessages } from './messages.ts';
import { DEFAULT_PROJECT, type Project } from './page.tsx';
import { readUnpriced, type UnpricedDraft, UnpricedFields, unpricedDraft, useUnpricedText } from './unpriced.tsx';

const READ = 'GET /projects/{id}';

/** Changes what the keys of a project may do. */
export function EditProject({ project, onClose }: { project: Project; onClose: () => void }) {
  const text = useMessages(projectMessages);
  const input = { params: { id: project.id } };
  return (
    <EditDialog title={text.changeTitle(project.name)} read={READ} input={input} onClose={onClose}>
      {(seen, take) => <ProjectForm seen={seen} onTake={take} onClose={onClose} />}
    </EditDialog>
  );
}

/** What the fields say, for the API. */
function bodyOf(name: string, markup: string, allowance: Allowance, unpriced: UnpricedDraft) {
  return { name, markup: Number(markup), ...readAllowance(allowance), unpriced: readUnpriced(unpriced) };
}

function ProjectForm({ seen, onTake, onClose }: EditFormProps<typeof READ>) {
  const text = useMessages(projectMessages);
  const allowanceFacts = useAllowanceFacts();
  const unpricedText = useUnpricedText();
  const { project } = seen.answer;
  const [name, setName] = useState(project.name);
  const [markup, setMarkup] = useState(String(project.markup));
  const [unpriced, setUnpriced] = useState(() => unpricedDraft(project.unpriced));
  const [allowance, setAllowance] = useState(() => showAllowance(project));
  const params = { id: project.id };
  const reads = [READ, 'GET /projects', 'GET /keys'] as const;
  const edit = useEdit({ name: READ, input: { params }, seen }, 'PATCH /projects/{id}', reads);
  const { error } = edit;
  const factsOf = (of: Project) => [
    [text.name, of.name] as const,
    ...allowanceFacts(of),
    [text.markup, String(of.markup)] as const,
    [text.unpriced, unpricedText(of.unpriced)] as const,
  ];
  const submit = (): void => {
    const before = bodyOf(
      project.name,
      String(project.markup),
      showAllowance(project),
      unpricedDraft(project.unpriced),
    );
    edit.send({ params, body: changesOf(before, bodyOf(name, markup, allowance, unpriced)) }, onClose);
  };
  return (
    <EditForm
      edit={edit}
      seen={seen}
      factsOf={(answer) => factsOf(answer.project)}
      onTake={onTake}
      onSubmit={submit}
      onClose={onClose}
    >
      <TextField
        label={text.name}
        value={name}
        onValue={setName}
        required
        maxLength={100}
        disabled={project.id === DEFAULT_PROJECT}
        error={fieldError(error, 'name')}
      />
      <AllowFields value={allowance} onValue={setAllowance} error={error} />
      <TextField
        label={text.markup}
        hint={text.markupHint}
        inputMode="decimal"
        pattern="\d+(\.\d{1,4})?"
        required
        value={markup}
        onValue={setMarkup}
        error={fieldError(error, 'markup')}
      />
      <UnpricedFields value={unpriced} onValue={setUnpriced} error={error} />
    </EditForm>
  );
}
