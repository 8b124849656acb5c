import { defineMessages, useMessages } from '../i18n/messages.ts';
import { readLines } from '../lib/model-lines.ts';
import type { Facts } from './edit-dialog.tsx';
import { fieldError, TextArea, TextField } from './field.tsx';

const allowMessages = defineMessages(
  {
    models: 'Allowed models, one a line',
    modelsHint: 'Empty: all. * stands for any text.',
    addresses: 'Allowed addresses, one a line',
    addressesHint: 'Empty: from anywhere. Such as 10.0.0.0/8 or 2001:db8::/32.',
    tags: 'Tags, one a line',
    tagsHint: 'On all of its requests; budgets can be on a tag.',
    ends: 'Ends on',
    endsHint: 'Empty: never.',
  },
  {
    models: '允许的模型，每行一个',
    modelsHint: '留空：全部。* 代表任意文本。',
    addresses: '允许的地址，每行一个',
    addressesHint: '留空：不限来源。例如 10.0.0.0/8 或 2001:db8::/32。',
    tags: '标签，每行一个',
    tagsHint: '附加到它的所有请求；预算可以设在标签上。',
    ends: '到期日',
    endsHint: '留空：永不到期。',
  },
);

/** What bounds a key or project, as it stands in fields. */
export type Allowance = { models: string; addresses: string; tags: string; ends: string };

type Written = { models: string[] | null; ip_allow: string[] | null; tags: string[]; expires_at: number | null };

/** What the API says, as fields show it. */
export function showAllowance({ models, ip_allow, tags, expires_at }: Written): Allowance {
  return {
    models: (models ?? []).join('\n'),
    addresses: (ip_allow ?? []).join('\n'),
    tags: tags.join('\n'),
    ends: expires_at === null ? '' : new Date(expires_at).toISOString().slice(0, 10),
  };
}

/** What fields hold, for the API; days end when they do in UTC. */
export function readAllowance({ models, addresses, tags, ends }: Allowance): Written {
  const listOf = (text: string) => (readLines(text).length === 0 ? null : readLines(text));
  const endOfDay = Date.parse(`${ends}T23:59:59.999Z`);
  return {
    models: listOf(models),
    ip_allow: listOf(addresses),
    tags: readLines(tags),
    expires_at: Number.isNaN(endOfDay) ? null : endOfDay,
  };
}

/** What the API says, as texts with their labels. */
export function useAllowanceFacts(): (written: Written) => Facts {
  const text = useMessages(allowMessages);
  return (written) => {
    const { models, addresses, tags, ends } = showAllowance(written);
    return [
      [text.models, models],
      [text.addresses, addresses],
      [text.tags, tags],
      [text.ends, ends],
    ];
  };
}

/** Nothing is bounded. */
export const UNBOUNDED: Allowance = { models: '', addresses: '', tags: '', ends: '' };

/** The fields of what bounds a key or project. */
export function AllowFields({
  value,
  onValue,
  error,
}: {
  value: Allowance;
  onValue: (value: Allowance) => void;
  error: Error | null;
}) {
  const text = useMessages(allowMessages);
  return (
    <>
      <TextArea
        label={text.models}
        hint={text.modelsHint}
        value={value.models}
        onValue={(models) => onValue({ ...value, models })}
        error={fieldError(error, 'models')}
      />
      <TextArea
        label={text.addresses}
        hint={text.addressesHint}
        value={value.addresses}
        onValue={(addresses) => onValue({ ...value, addresses })}
        error={fieldError(error, 'ip_allow')}
      />
      <TextArea
        label={text.tags}
        hint={text.tagsHint}
        value={value.tags}
        onValue={(tags) => onValue({ ...value, tags })}
        error={fieldError(error, 'tags')}
      />
      <TextField
        label={text.ends}
        hint={text.endsHint}
        type="date"
        value={value.ends}
        onValue={(ends) => onValue({ ...value, ends })}
        error={fieldError(error, 'expires_at')}
      />
    </>
  );
}
