import { Link } from '@tanstack/react-router';
import { useAdmin } from '../../api/hooks.ts';
import { useMessages } from '../../i18n/messages.ts';
import { useFormat } from '../../lib/format.ts';
import { Section } from '../../ui/page.tsx';
import { Loaded, SkeletonRows } from '../../ui/states.tsx';
import { settingsMessages } from './messages.ts';

/** Whose requests and answers are kept, as the configuration file says. */
export function KeptPayloads() {
  const text = useMessages(settingsMessages);
  const format = useFormat();
  const rules = useAdmin('GET /payloads/rules', {});
  const projects = useAdmin('GET /projects', {}).data?.projects ?? [];
  const keys = useAdmin('GET /keys', {}).data?.keys ?? [];
  const nameOf = (scope: 'project' | 'key', id: string) =>
    (scope === 'project' ? projects : keys).find((each) => each.id === id)?.name ?? id;
  return (
    <Section title={text.payloads}>
      <div className="grid gap-3 p-4">
        <p className="text-soft">{text.payloadsHint}</p>
        <Loaded query={rules} skeleton={<SkeletonRows rows={1} />}>
          {(data) =>
            data.rules.length === 0 ? (
              <p className="text-soft">{text.noPayloads}</p>
            ) : (
              <ul className="grid gap-2">
                {data.rules.map(({ scope, scope_id: id, keep_ms: keep, max_bytes: bytes, redactions }) => (
                  <li key={`${scope} ${id}`} className="flex flex-wrap gap-x-3 gap-y-0.5">
                    {scope === 'project' ? (
                      <Link to="/projects/$id" params={{ id }} className="font-medium text-accent hover:underline">
                        {nameOf(scope, id)}
                      </Link>
                    ) : (
                      <span className="font-medium">{text.ofKey(nameOf(scope, id))}</span>
                    )}
                    <span className="text-soft">
                      {text.payloadRule(format.duration(keep), format.bytes(bytes), format.count(redactions))}
                    </span>
                  </li>
                ))}
              </ul>
            )
          }
        </Loaded>
      </div>
    </Section>
  );
}
