import type { CoveredRow } from '../../test/support/catalogue.ts';
import { FAULT_ANSWERS } from './fault-answers.ts';

const PARTS = [
  { letter: 'U', heading: 'Upstreams' },
  { letter: 'C', heading: 'Clients and what they send' },
  { letter: 'S', heading: 'Process, state and cluster' },
];

const INTRODUCTION = `# Reliability: what goes wrong, and what EZModel does

Made by \`npm run coverage-tables\` from \`test/catalogue.json\`, \`scripts/lib/fault-answers.ts\` and the titles of the tests; a test fails when
it is stale. What follows each class of failure, and how health is learnt: [routing](routing.md). Drains, live health and metrics:
[operations](operations.md#channels).

Five rules stand behind the tables.

- **Intent**: a row is committed before the first byte goes upstream, one for each attempt, and settled once.
- **Commit**: another target is asked only until the first content event has gone to the client; a failure after it is told in the stream.
- **Abort**: when the client goes, the upstream call is closed; what was used until then is charged and flagged.
- **Ledger**: integers, append-only, unique by exchange, attempt and kind; a correction is a new row.
- **Money**: what lacks money is not retried; a rate limit and an overload carry \`retry-after\`.`;

/** The whole of `docs/reliability.md`. */
export function renderReliability(rows: readonly CoveredRow[]): string {
  const sections = PARTS.map(({ letter, heading }) => {
    const lines = rows
      .filter(({ id }) => id.startsWith(letter))
      .map((row) => `| ${row.id} | ${cell(row.what)} | ${cell(answerOf(row))} | ${testsOf(row)} |`);
    return [`## ${heading}`, '', '| id | fault | what EZModel does | tests |', '|---|---|---|---|', ...lines].join(
      '\n',
    );
  });
  return `${[INTRODUCTION, ...sections].join('\n\n')}\n`;
}

/** What nobody has put into words is told by its tests. */
function answerOf({ id, scope, tests }: CoveredRow): string {
  if (scope !== 'built') return `not yet (${scope.replace('later: ', '')})`;
  return FAULT_ANSWERS[id] ?? tests.map(({ title }) => title).join('; ');
}

function testsOf({ tests }: CoveredRow): string {
  return [...new Set(tests.map(({ file }) => `\`${file}\``))].join(', ');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
}
