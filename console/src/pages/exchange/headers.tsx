import { useMessages } from '../../i18n/messages.ts';
import { Section } from '../../ui/page.tsx';
import type { ExchangeDetail } from './detail.ts';
import { exchangeMessages } from './messages.ts';

/** The headers that are kept: those that the client sent, and those of each upstream's answer. */
export function Headers({ exchange }: { exchange: ExchangeDetail }) {
  const text = useMessages(exchangeMessages);
  const groups = [
    { title: text.clientHeaders, headers: exchange.headers },
    ...exchange.attempts.map(({ attempt, channel, headers }) => ({
      title: text.answerHeaders(attempt, channel),
      headers,
    })),
  ].filter(({ headers }) => Object.keys(headers).length > 0);
  return (
    <Section title={text.headers}>
      <div className="grid gap-4 p-4">
        <p className="text-soft">{groups.length === 0 ? text.noHeaders : text.headersHint}</p>
        {groups.length > 0 && (
          <div className="grid gap-x-8 gap-y-5 lg:grid-cols-2">
            {groups.map((group) => (
              <Group key={group.title} {...group} />
            ))}
          </div>
        )}
      </div>
    </Section>
  );
}

function Group({ title, headers }: { title: string; headers: Readonly<Record<string, string>> }) {
  return (
    <div className="grid min-w-0 content-start gap-2">
      <h3 className="text-xs font-medium text-soft">{title}</h3>
      <dl className="grid gap-x-4 gap-y-1 font-mono text-xs sm:grid-cols-[minmax(8rem,auto)_1fr]">
        {Object.entries(headers).map(([name, value]) => (
          <div key={name} className="contents">
            <dt className="break-all text-soft">{name}</dt>
            <dd className="min-w-0 wrap-anywhere max-sm:mb-1">{value}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
