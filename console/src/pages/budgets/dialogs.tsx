import { useState } from 'react';
import type { AnswerOf } from '../../api/client.ts';
import { useAdmin, useChange } from '../../api/hooks.ts';
import { useMessages } from '../../i18n/messages.ts';
import { Confirm } from '../../ui/confirm.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { DialogForm } from '../../ui/dialog-form.tsx';
import { CheckField, fieldError, SelectField, TextField } from '../../ui/field.tsx';
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

/** Makes a budget. */
export function CreateBudget({ onClose }: { onClose: () => void }) {
  const text = useMessages(budgetsMessages);
  const [name, setName] = useState('');
  const [scope, setScope] = useState<(typeof SCOPES)[number]>('project');
  const [chosen, setChosen] = useState('');
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

/** Changes the settings of a budget; what it is on and its period stay. */
export function ChangeBudget({ budget, onClose }: { budget: Budget; onClose: () => void }) {
  const text = useMessages(budgetsMessages);
  const [amount, setAmount] = useState(String(budget.amount_nano_usd / NANO));
  const [zone, setZone] = useState(budget.time_zone);
  const [hard, setHard] = useState(budget.hard);
  const [alerts, setAlerts] = useState(budget.alerts.join(', '));
  const change = useChange('PATCH /budgets/{id}', READS);
  const isPrepaid = budget.period === 'prepaid';
  const submit = (): void => {
    const settings = { time_zone: zone, hard, alerts: toAlerts(alerts) };
    const body = { ...settings, ...(!isPrepaid && { amount_nano_usd: toNano(amount) }) };
    change.mutate({ params: { id: budget.id }, body }, { onSuccess: onClose });
  };
  return (
    <Dialog title={text.changeTitle(budget.name)} onClose={onClose}>
      <DialogForm error={change.error} busy={change.isPending} onSubmit={submit} onClose={onClose}>
        {!isPrepaid && (
          <TextField
            label={text.amount}
            inputMode="decimal"
            pattern="\d+(\.\d{1,9})?"
            value={amount}
            onValue={setAmount}
            required
            error={fieldError(change.error, 'amount_nano_usd')}
          />
        )}
        <ZoneField value={zone} onValue={setZone} />
        <AlertsField value={alerts} onValue={setAlerts} error={change.error} />
        <CheckField label={text.hardLabel} checked={hard} onValue={setHard} />
      </DialogForm>
    </Dialog>
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
