import { useAdmin } from '../api/hooks.ts';
import { defineMessages, useMessages } from '../i18n/messages.ts';
import { useFormat } from '../lib/format.ts';
import { Loaded, Skeleton } from './states.tsx';

const messages = defineMessages(
  {
    none: 'Requests and answers are not kept.',
    kept: (time: string, size: string) => `Requests and answers are kept for ${time}, ${size} of each exchange`,
    redacted: (count: string) => `${count} redactions`,
    byProject: 'by its project',
  },
  {
    none: '不保存请求与应答的内容。',
    kept: (time: string, size: string) => `请求与应答保存 ${time}，每次最多 ${size}`,
    redacted: (count: string) => `${count} 条脱敏规则`,
    byProject: '由其项目规定',
  },
);

/** Whether what a project or key sends and gets is kept, as the configuration file says. A key's own rule goes first. */
export function PayloadNote({ projectId, keyId }: { projectId: string; keyId?: string }) {
  const text = useMessages(messages);
  const format = useFormat();
  const rules = useAdmin('GET /payloads/rules', {});
  return (
    <Loaded query={rules} skeleton={<Skeleton className="h-5 w-48" />}>
      {(data) => {
        const own = data.rules.find(({ scope, scope_id: id }) => scope === 'key' && id === keyId);
        const rule = own ?? data.rules.find(({ scope, scope_id: id }) => scope === 'project' && id === projectId);
        if (!rule) return text.none;
        const notes = [
          text.kept(format.duration(rule.keep_ms), format.bytes(rule.max_bytes)),
          rule.redactions > 0 && text.redacted(format.count(rule.redactions)),
          keyId !== undefined && !own && text.byProject,
        ];
        return notes.filter((note) => note !== false).join(' · ');
      }}
    </Loaded>
  );
}
