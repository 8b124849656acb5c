import { Plus } from 'lucide-react';
import { useState } from 'react';
import type { AnswerOf } from '../../api/client.ts';
import { useAdmin, useChange } from '../../api/hooks.ts';
import { useMessages } from '../../i18n/messages.ts';
import { useFormat } from '../../lib/format.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Confirm } from '../../ui/confirm.tsx';
import { Menu } from '../../ui/menu.tsx';
import { Ago } from '../../ui/money.tsx';
import { Section } from '../../ui/page.tsx';
import { Loaded, SkeletonRows } from '../../ui/states.tsx';
import { showToast } from '../../ui/toast.tsx';
import { ChangeWebhook, CreateWebhook } from './webhook-form.tsx';
import { webhookMessages } from './webhook-messages.ts';

type Webhook = AnswerOf<'GET /webhooks'>['webhooks'][number];
type Alert = AnswerOf<'GET /alerts'>['alerts'][number];

type Open = { what: 'create' } | { what: 'change' | 'remove'; webhook: Webhook };

/** Who is told of budgets that fill up and of trouble, and of what they were told last. */
export function Webhooks() {
  const text = useMessages(webhookMessages);
  const [open, setOpen] = useState<Open>();
  const webhooks = useAdmin('GET /webhooks', {});
  const close = () => setOpen(undefined);
  const events = (webhooks.data?.events ?? []).filter((event) => event !== 'alert.test');
  return (
    <Section
      title={text.title}
      actions={
        <Button icon={Plus} onClick={() => setOpen({ what: 'create' })}>
          {text.add}
        </Button>
      }
    >
      <div className="grid gap-4 p-4">
        <p className="text-soft">{text.hint}</p>
        <Loaded query={webhooks} skeleton={<SkeletonRows rows={2} />}>
          {(data) =>
            data.webhooks.length === 0 ? (
              <p>{text.none}</p>
            ) : (
              <ul className="divide-y divide-line">
                {data.webhooks.map((webhook) => (
                  <Line key={webhook.name} webhook={webhook} onOpen={setOpen} />
                ))}
              </ul>
            )
          }
        </Loaded>
        <LastAlerts />
      </div>
      {open?.what === 'create' && <CreateWebhook events={events} onClose={close} />}
      {open?.what === 'change' && <ChangeWebhook name={open.webhook.name} events={events} onClose={close} />}
      {open?.what === 'remove' && <Remove webhook={open.webhook} onClose={close} />}
    </Section>
  );
}

function Line({ webhook, onOpen }: { webhook: Webhook; onOpen: (open: Open) => void }) {
  const text = useMessages(webhookMessages);
  const { name, url, events, enabled, managed } = webhook;
  const test = useChange('POST /webhooks/{name}/test', ['GET /alerts']);
  const tell = () =>
    test.mutate(
      { params: { name } },
      {
        onSuccess: ({ ok, status, problem }) => {
          const told = status === null ? (problem ?? '–') : `HTTP ${status}`;
          if (ok) showToast(text.tested(name, told));
          else showToast(text.notTaken(name, told), 'bad');
        },
        onError: (error) => showToast(error.message, 'bad'),
      },
    );
  return (
    <li className="flex items-center gap-3 py-2">
      <div className="min-w-0 grow">
        <p className="flex flex-wrap items-center gap-2">
          <span className="font-medium">{name}</span>
          {!enabled && <Badge tone="warn">{text.off}</Badge>}
          {managed && <Badge>{text.managed}</Badge>}
        </p>
        <p className="font-mono text-xs wrap-anywhere text-soft">{url}</p>
        <p className="text-xs text-soft">{events?.join(', ') ?? text.allEvents}</p>
      </div>
      <Menu
        label={text.actions(name)}
        items={[
          ...(enabled ? [{ label: text.test, onSelect: tell }] : []),
          ...(managed
            ? []
            : [
                { label: text.change, onSelect: () => onOpen({ what: 'change' as const, webhook }) },
                { label: text.remove, onSelect: () => onOpen({ what: 'remove' as const, webhook }), danger: true },
              ]),
        ]}
      />
    </li>
  );
}

function Remove({ webhook: { name }, onClose }: { webhook: Webhook; onClose: () => void }) {
  const text = useMessages(webhookMessages);
  const remove = useChange('DELETE /webhooks/{name}', ['GET /webhooks']);
  return (
    <Confirm
      title={text.removeTitle(name)}
      action={text.removeNow}
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate({ params: { name } }, { onSuccess: onClose })}
      onClose={onClose}
    >
      <p>{text.removeHint}</p>
    </Confirm>
  );
}

/** How many of the last alerts are shown. */
const SHOWN = 10;

function LastAlerts() {
  const text = useMessages(webhookMessages);
  const alerts = useAdmin('GET /alerts', { query: { limit: SHOWN } }, { refetchInterval: 10_000 });
  const now = Date.now();
  return (
    <div className="grid gap-2">
      <h3 className="text-xs font-medium text-soft">{text.told}</h3>
      <Loaded query={alerts} skeleton={<SkeletonRows rows={2} />}>
        {(data) =>
          data.alerts.length === 0 ? (
            <p className="text-soft">{text.noAlerts}</p>
          ) : (
            <ul className="grid gap-2">
              {data.alerts.map((alert) => (
                <li key={alert.id} className="grid gap-x-4 sm:grid-cols-[8rem_1fr]">
                  <span className="text-soft">
                    <Ago at={alert.at} now={now} />
                  </span>
                  <AlertText alert={alert} />
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </div>
  );
}

function AlertText({ alert: { event, data, deliveries } }: { alert: Alert }) {
  const text = useMessages(webhookMessages);
  const format = useFormat();
  const about = ['name', 'budget', 'channel', 'key', 'project', 'webhook', 'reason'].flatMap((name) => {
    const value = data[name];
    return typeof value === 'string' ? [value] : [];
  });
  return (
    <div className="min-w-0">
      <p className="wrap-anywhere">
        <span className="font-mono text-xs">{event}</span> {about.join(' · ')}
      </p>
      <ul className="flex flex-wrap gap-1">
        {deliveries.map(({ webhook, tries, sent_at: sent, given_up_at: givenUp, failure }) => (
          <li key={webhook}>
            <Badge tone={sent !== null ? 'good' : givenUp !== null ? 'bad' : 'plain'}>
              {[
                webhook,
                sent !== null ? text.sent : givenUp !== null ? text.givenUp : text.waiting,
                sent === null && tries > 0 && text.tries(format.count(tries)),
                sent === null && failure,
              ]
                .filter((part) => typeof part === 'string')
                .join(' · ')}
            </Badge>
          </li>
        ))}
      </ul>
    </div>
  );
}
