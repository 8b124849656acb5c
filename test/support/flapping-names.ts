import dns, { type LookupAddress } from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';

/** Answers of the resolver, in turn. The address outside is a public sink for strays (AS112), which answers nothing. */
const ANSWERS: Readonly<Record<string, readonly (readonly LookupAddress[])[]>> = {
  'inside.test': [[{ address: '127.0.0.1', family: 4 }]],
  'sixth.test': [[{ address: '::1', family: 6 }]],
  'mapped.test': [[{ address: '::ffff:127.0.0.1', family: 6 }]],
  'both.test': [
    [
      { address: '169.254.169.254', family: 4 },
      { address: '127.0.0.1', family: 4 },
    ],
  ],
  'flapping.test': [[{ address: '192.175.48.1', family: 4 }], [{ address: '127.0.0.1', family: 4 }]],
};

const asked = new Map<string, number>();

/** What a name resolves to this time; undefined for names that are not ours. */
function answerFor(name: string): readonly LookupAddress[] | undefined {
  const answers = ANSWERS[name.toLowerCase().replace(/\.$/, '')];
  const turn = asked.get(name) ?? 0;
  asked.set(name, turn + 1);
  return answers?.[turn % answers.length];
}

type Callback = (error: Error | null, addresses: readonly LookupAddress[] | string, family?: number) => void;

/**
 * Preloaded into a server (`--import`): a resolver of our own for a few names, whose answers change between one question and the
 * next, as those of an attacker's would.
 */
function install(): void {
  const { lookup } = dns;
  const replaced = (name: string, options: { all?: boolean }, callback: Callback): void => {
    const answer = answerFor(name);
    const [first] = answer ?? [];
    if (!answer || !first) return void Reflect.apply(lookup, dns, [name, options, callback]);
    if (options.all) callback(null, answer);
    else callback(null, first.address, first.family);
  };
  Reflect.set(dns, 'lookup', replaced);
  syncBuiltinESMExports();
}

install();
