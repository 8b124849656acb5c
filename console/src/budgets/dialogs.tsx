import { useState } from 'react';
import type { AnswerOf } from '../api/client.ts';
import { changesOf, useEdit } from '../api/edit.ts';
import { useAdmin, useChange } from '../api/hooks.ts';
import { useMessages } from '../i18n/messages.ts';
import { Confirm } from '../ui/confirm.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { DialogForm } from '../ui/dialog-form.tsx';
import { EditDialog, EditForm, type EditFormProps } from '../ui/edit-dialog.tsx';
import { CheckField, fieldError, SelectField, TextField } from '../ui/field.tsx';
import { budgetsMessages } from './messages.ts';

/** A budget as the admin API shows it. */
export type Budget = AnswerOf<'GET /budgets'>['budgets'][number];

const NANO = 1_000_000_000;
const SCOPES = ['project', 'key', 'tag'] as const;
const PERIODS = ['day', 'week', 'month', 'prepaid'] as const;
const READS = ['GET /budgets'] as const;

const toNano = (usd: string) => Math.round(Number(usd) * NANO);
const toAlerts = (text: string) =>
  text
    .split(/[\s,，]+/)
    .filter((part) => part !== '')
    .map(Number);

/** Makes a budget. @property projectId what it is on to begin with. */
export function CreateBudget({ projectId = '', onClose }: { projectId?: string; onClose: () => void }) {
  const text = useMessages(budgetsMessages);
  const [name, setName] = useState('');
  const [scope, setScope] = useState<(typeof SCOPES)[number]>('project');
  const [chosen, setChosen] = useState(projectId);
  const [amount, setAmount] = useState('');
  const [period, setPeriod] = useState<(typeof PERIODS)[number]>('month');
  const [zone, setZone] = useState('UTC');
  const [hard, setHard] = useState(true);
  const [alerts, setAlerts] = useState('50, 80, 100');
  const projects = useAdmin('GET /projects', {}).data?.projects ?? [];
  const keys = useAdmin('GET /keys', {}).data?.keys ?? [];
  const create = useChange('POST /budgets', READS);
  const { error } = create;
  const things = scope === 'project' ? projects : keys.filter(({ state }) => state !== 'revoked');
  const subject = scope === 'tag' ? chosen : (things.find(({ id }) => id === chosen)?.id ?? things[0]?.id ?? '');
  const submit = (): void => {
    const bounds = { amount_nano_usd: toNano(amount), period, time_zone: zone, hard, alerts: toAlerts(alerts) };
    create.mutate({ body: { name, scope, scope_id: subject, ...bounds } }, { onSuccess: onClose });
  };
  return (
    <Dialog title={text.createTitle} onClose={onClose}>
      <DialogForm error={error} busy={create.isPending} action={text.createNow} onSubmit={submit} onClose={onClose}>
        <TextField
          label={text.name}
          value={name}
          onValue={setName}
          required
          maxLength={100}
          error={fieldError(error, 'name')}
        />
        <div className="grid gap-3 sm:grid-cols-2">
          <SelectField
            label={text.on}
            value={scope}
            choices={SCOPES.map((value) => ({ value, label: text[value] }))}
            onValue={setScope}
          />
          {scope === 'tag' ? (
            <TextField
              label={text.tag}
              value={chosen}
              onValue={setChosen}
              required
              error={fieldError(error, 'scope_id')}
            />
          ) : (
            <SelectField
              label={text[scope]}
              value={subject}
              choices={things.map(({ id, name: called }) => ({ value: id, label: called }))}
              onValue={setChosen}
              error={fieldError(error, 'scope_id')}
            />
          )}
          <TextField
            label={text.amount}
            inputMode="decimal"
            pattern="\d+(\.\d{1,9})?"
            value={amount}
            onValue={setAmount}
            required
            error={fieldError(error, 'amount_nano_usd')}
          />
          <SelectField
            label={text.period}
            value={period}
            choices={PERIODS.map((value) => ({ value, label: text[value] }))}
            onValue={setPeriod}
          />
        </div>
        <ZoneField value={zone} onValue={setZone} />
        <AlertsField value={alerts} onValue={setAlerts} error={error} />
        <CheckField label={text.hardLabel} checked={hard} onValue={setHard} />
      </DialogForm>
    </Dialog>
  );
}

const READ = 'GET /budgets/{id}';

/** Changes the settings of a budget; what it is on and its period stay. */
export function ChangeBudget({ budget, onClose }: { budget: Budget; onClose: () => void }) {
  const text = useMessages(budgetsMessages);
  return (
    <EditDialog
      title={text.changeTitle(budget.name)}
      read={READ}
      input={{ params: { id: budget.id } }}
      onClose={onClose}
    >
      {(seen, take) => <BudgetForm seen={seen} onTake={take} onClose={onClose} />}
    </EditDialog>
  );
}

type Settings = { amount: string; zone: string; hard: boolean; alerts: string };

function settingsOf(budget: Budget): Settings {
  const { amount_nano_usd: amount, time_zone: zone, hard, alerts } = budget;
  return { amount: String(amount / NANO), zone, hard, alerts: alerts.join(', ') };
}

/** In the words of the API; a prepaid budget has what was paid in. */
function bodyOf({ amount, zone, hard, alerts }: Settings, isPrepaid: boolean) {
  const body = { time_zone: zone, hard, alerts: toAlerts(alerts) };
  return isPrepaid ? body : { ...body, amount_nano_usd: toNano(amount) };
}

function BudgetForm({ seen, onTake, onClose }: EditFormProps<typeof READ>) {
  const text = useMessages(budgetsMessages);
  const { budget } = seen.answer;
  const [settings, setSettings] = useState(() => settingsOf(budget));
  const set = (changes: Partial<Settings>) => setSettings({ ...settings, ...changes });
  const params = { id: budget.id };
  const edit = useEdit({ name: READ, input: { params }, seen }, 'PATCH /budgets/{id}', READS);
  const { error } = edit;
  const isPrepaid = budget.period === 'prepaid';
  const factsOf = (of: Budget) => {
    const { amount, zone, hard, alerts } = settingsOf(of);
    const facts = [
      [text.timeZone, zone],
      [text.alerts, alerts],
      [text.kind, hard ? text.hard : text.soft],
    ] as const;
    return isPrepaid ? facts : [[text.amount, amount] as const, ...facts];
  };
  const submit = (): void => {
    const body = changesOf(bodyOf(settingsOf(budget), isPrepaid), bodyOf(settings, isPrepaid));
    edit.send({ params, body }, onClose);
  };
  return (
    <EditForm
      edit={edit}
      seen={seen}
      factsOf={(answer) => factsOf(answer.budget)}
      onTake={onTake}
      onSubmit={submit}
      onClose={onClose}
    >
      {!isPrepaid && (
        <TextField
          label={text.amount}
          inputMode="decimal"
          pattern="\d+(\.\d{1,9})?"
          value={settings.amount}
          onValue={(amount) => set({ amount })}
          required
          error={fieldError(error, 'amount_nano_usd')}
        />
      )}
      <ZoneField value={settings.zone} onValue={(zone) => set({ zone })} />
      <AlertsField value={settings.alerts} onValue={(alerts) => set({ alerts })} error={error} />
      <CheckField label={text.hardLabel} checked={settings.hard} onValue={(hard) => set({ hard })} />
    </EditForm>
  );
}

/** Adds to a prepaid budget. */
export function TopUpBudget({ budget, onClose }: { budget: Budget; onClose: () => void }) {
  const text = useMessages(budgetsMessages);
  const [amount, setAmount] = useState('');
  const [note, setNote] = useState('');
  const topUp = useChange('POST /budgets/{id}/top-up', READS);
  const submit = (): void => {
    const body = { amount_nano_usd: toNano(amount), ...(note !== '' && { note }) };
    topUp.mutate({ params: { id: budget.id }, body }, { onSuccess: onClose });
  };
  return (
    <Dialog title={text.topUpTitle(budget.name)} onClose={onClose}>
      <DialogForm error={topUp.error} busy={topUp.isPending} action={text.topUpNow} onSubmit={submit} onClose={onClose}>
        <TextField
          label={text.topUpAmount}
          pattern="-?\d+(\.\d{1,9})?"
          value={amount}
          onValue={setAmount}
          required
          error={fieldError(topUp.error, 'amount_nano_usd')}
        />
        <TextField label={text.note} value={note} onValue={setNote} maxLength={200} />
      </DialogForm>
    </Dialog>
  );
}

/** Removes a budget, after a question. */
export function RemoveBudget({ budget, onClose }: { budget: Budget; onClose: () => void }) {
  const text = useMessages(budgetsMessages);
  const remove = useChange('DELETE /budgets/{id}', READS);
  return (
    <Confirm
      title={text.removeTitle(budget.name)}
      action={text.removeNow}
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate({ params: { id: budget.id } }, { onSuccess: onClose })}
      onClose={onClose}
    >
      <p>{text.removeHint}</p>
    </Confirm>
  );
}

function ZoneField({ value, onValue }: { value: string; onValue: (value: string) => void }) {
  const text = useMessages(budgetsMessages);
  const zones = [...new Set(['UTC', value, ...Intl.supportedValuesOf('timeZone')])];
  return (
    <SelectField
      label={text.timeZone}
      value={value}
      choices={zones.map((zone) => ({ value: zone, label: zone }))}
      onValue={onValue}
    />
  );
}

type AlertsProps = { value: string; onValue: (value: string) => void; error: Error | null };

function AlertsField({ value, onValue, error }: AlertsProps) {
  const text = useMessages(budgetsMessages);
  return (
    <TextField
      label={text.alerts}
      hint={text.alertsHint}
      pattern="[\d\s,，]*"
      value={value}
      onValue={onValue}
      error={fieldError(error, 'alerts')}
    />
  );
}
