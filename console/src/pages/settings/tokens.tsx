import { useState } from 'react';
import type { AnswerOf } from '../../api/client.ts';
import { useAdmin, useChange } from '../../api/hooks.ts';
import { useMessages } from '../../i18n/messages.ts';
import { useRoleNames } from '../../shell/roles.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Confirm } from '../../ui/confirm.tsx';
import { Ago } from '../../ui/money.tsx';
import { Loaded, SkeletonRows } from '../../ui/states.tsx';
import { CreateToken } from './create-token.tsx';
import { identityMessages } from './identity-messages.ts';

type Token = AnswerOf<'GET /tokens'>['tokens'][number];

/** The tokens of programs that administer. */
export function Tokens() {
  const text = useMessages(identityMessages);
  const tokens = useAdmin('GET /tokens', {});
  const [creating, setCreating] = useState(false);
  const [ending, setEnding] = useState<Token>();
  return (
    <div className="grid gap-3 p-4">
      <p className="text-soft">{text.tokensHint}</p>
      <Loaded query={tokens} skeleton={<SkeletonRows rows={1} />}>
        {(data) =>
          data.tokens.length === 0 ? (
            <p className="text-soft">{text.noTokens}</p>
          ) : (
            <ul className="divide-y divide-line">
              {data.tokens.map((token) => (
                <TokenLine key={token.id} token={token} onEnd={() => setEnding(token)} />
              ))}
            </ul>
          )
        }
      </Loaded>
      <Button className="justify-self-start" onClick={() => setCreating(true)}>
        {text.newToken}
      </Button>
      {creating && <CreateToken onClose={() => setCreating(false)} />}
      {ending && <End token={ending} onClose={() => setEnding(undefined)} />}
    </div>
  );
}

function TokenLine({ token, onEnd }: { token: Token; onEnd: () => void }) {
  const text = useMessages(identityMessages);
  const roles = useRoleNames();
  const now = Date.now();
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-1 py-2">
      <span className="min-w-0 grow break-words">
        {token.name} <span className="text-soft">· {roles[token.role]}</span>
      </span>
      {token.revoked_at === null && token.expires_at > now ? (
        <>
          <span className="text-soft">
            {text.ends} <Ago at={token.expires_at} now={now} />
          </span>
          <Button onClick={onEnd}>{text.endToken}</Button>
        </>
      ) : (
        <Badge>{text.ended}</Badge>
      )}
    </li>
  );
}

function End({ token, onClose }: { token: Token; onClose: () => void }) {
  const text = useMessages(identityMessages);
  const end = useChange('DELETE /tokens/{id}', ['GET /tokens']);
  return (
    <Confirm
      title={text.endTitle(token.name)}
      action={text.endNow}
      busy={end.isPending}
      error={end.error}
      onConfirm={() => end.mutate({ params: { id: token.id } }, { onSuccess: onClose })}
      onClose={onClose}
    >
      <p>{text.endHint}</p>
    </Confirm>
  );
}
