import { useMessages } from '../../i18n/messages.ts';
import { fieldError, SelectField, TextField } from '../../ui/field.tsx';
import { projectMessages } from './messages.ts';
import type { Project } from './page.tsx';

/** What becomes of models without a price, as it stands in fields; ceilings in USD per million tokens. */
export type UnpricedDraft = { policy: 'usual' | 'block' | 'hold' | 'flag'; input: string; output: string };

const POLICIES = ['usual', 'block', 'hold', 'flag'] as const;

/** What the API says, as fields show it. */
export function unpricedDraft(unpriced: Project['unpriced']): UnpricedDraft {
  const { policy, ceiling } = unpriced ?? { policy: 'usual' as const, ceiling: undefined };
  return { policy, input: String(ceiling?.input ?? ''), output: String(ceiling?.output ?? '') };
}

/** What the fields say, for the API. */
export function readUnpriced({ policy, input, output }: UnpricedDraft) {
  if (policy === 'usual') return null;
  return policy === 'hold' ? { policy, ceiling: { input: Number(input), output: Number(output) } } : { policy };
}

/** What is said of it to people. */
export function useUnpricedText(): (unpriced: Project['unpriced']) => string {
  const text = useMessages(projectMessages);
  return (unpriced) => {
    const { policy, input, output } = unpricedDraft(unpriced);
    return policy === 'hold' ? `${text[policy]}: $${input} / $${output}` : text[policy];
  };
}

type UnpricedFieldsProps = { value: UnpricedDraft; onValue: (value: UnpricedDraft) => void; error: Error | null };

/** The fields of it. */
export function UnpricedFields({ value, onValue, error }: UnpricedFieldsProps) {
  const text = useMessages(projectMessages);
  return (
    <>
      <SelectField
        label={text.unpriced}
        value={value.policy}
        choices={POLICIES.map((policy) => ({ value: policy, label: text[policy] }))}
        onValue={(policy) => onValue({ ...value, policy })}
        error={fieldError(error, 'unpriced')}
      />
      {value.policy === 'hold' && (
        <div className="grid grid-cols-2 gap-3">
          {(['input', 'output'] as const).map((name) => (
            <TextField
              key={name}
              label={text[`${name}Ceiling`]}
              inputMode="decimal"
              pattern="\d+(\.\d{1,9})?"
              required
              value={value[name]}
              onValue={(amount) => onValue({ ...value, [name]: amount })}
            />
          ))}
        </div>
      )}
    </>
  );
}
