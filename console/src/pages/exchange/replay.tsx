import { Link } from '@tanstack/react-router';
import { RotateCcw } from 'lucide-react';
import { useMemo, useState } from 'react';
import { useChange } from '../../api/hooks.ts';
import { useMessages } from '../../i18n/messages.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { fieldError, TextField } from '../../ui/field.tsx';
import { ProblemNote } from '../../ui/states.tsx';
import { answerText, diffLines } from './answer-text.ts';
import { bodiesMessages } from './bodies-messages.ts';
import type { ExchangeDetail } from './detail.ts';

/** Asks the request once more at another target, and shows how the answers differ. */
export function Replay({ exchange, answer }: { exchange: ExchangeDetail; answer: string }) {
  const text = useMessages(bodiesMessages);
  const [isOpen, setOpen] = useState(false);
  const [model, setModel] = useState(exchange.model);
  const [channel, setChannel] = useState('');
  const replay = useChange('POST /exchanges/{id}/replay', ['GET /exchanges']);
  return (
    <>
      <Button icon={RotateCcw} onClick={() => setOpen(true)}>
        {text.replay}
      </Button>
      {isOpen && (
        <Dialog title={text.replayTitle} wide onClose={() => setOpen(false)}>
          <form
            className="grid gap-3"
            onSubmit={(event) => {
              event.preventDefault();
              const target = { model, ...(channel.trim() !== '' && { channel: channel.trim() }) };
              replay.mutate({ params: { id: exchange.id }, body: target });
            }}
          >
            <p className="text-soft">{text.replayHint}</p>
            <TextField
              label={text.model}
              value={model}
              onValue={setModel}
              required
              error={fieldError(replay.error, 'model')}
            />
            <TextField
              label={text.channel}
              hint={text.channelHint}
              value={channel}
              onValue={setChannel}
              error={fieldError(replay.error, 'channel')}
            />
            {replay.error && <ProblemNote error={replay.error} />}
            {replay.data && <Result before={answer} result={replay.data} />}
            <div className="flex justify-end gap-2">
              <Button onClick={() => setOpen(false)}>{text.cancel}</Button>
              <Button kind="primary" type="submit" busy={replay.isPending}>
                {text.go}
              </Button>
            </div>
          </form>
        </Dialog>
      )}
    </>
  );
}

function Result({
  before,
  result,
}: {
  before: string;
  result: { exchange_id: string; status: number; text: string; truncated: boolean };
}) {
  const text = useMessages(bodiesMessages);
  const lines = useMemo(() => diffLines(answerText(before), answerText(result.text)), [before, result.text]);
  const isSame = lines.every(({ kind }) => kind === 'same');
  const looks = { same: '', removed: 'bg-bad-tint text-bad', added: 'bg-good-tint text-good' };
  const marks = { same: ' ', removed: '−', added: '+' };
  return (
    <section aria-label={text.result} className="grid gap-2">
      <p className="flex flex-wrap items-center gap-3">
        <Badge tone={result.status === 200 ? 'good' : 'bad'}>{text.status(result.status)}</Badge>
        <Link to="/exchanges/$id" params={{ id: result.exchange_id }} className="text-accent hover:underline">
          {text.opened}
        </Link>
      </p>
      <h3 className="font-medium">{text.difference}</h3>
      {isSame && <p className="text-soft">{text.same}</p>}
      <div
        tabIndex={0}
        role="group"
        aria-label={text.difference}
        className="max-h-72 overflow-auto rounded-md border border-line bg-raised p-2 font-mono text-xs leading-5"
      >
        {lines.map((line) => (
          <div key={line.number} className={`whitespace-pre-wrap wrap-anywhere ${looks[line.kind]}`}>
            <span aria-hidden>{marks[line.kind]} </span>
            {line.kind !== 'same' && <span className="sr-only">{text[line.kind]}: </span>}
            {line.text}
          </div>
        ))}
      </div>
    </section>
  );
}
