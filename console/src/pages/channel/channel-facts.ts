import { useMessages } from '../../i18n/messages.ts';
import type { Facts } from '../../ui/edit-dialog.tsx';
import { type Draft, draftOf } from './draft.ts';
import { formMessages } from './form-messages.ts';
import type { Channel } from './page.tsx';

/** The timeouts: their fields, their names in the API, and what holds where they are empty. */
export const TIMEOUTS = [
  ['connect', 'connect', '10s'],
  ['firstEvent', 'first_event', '60s'],
  ['idle', 'idle', '120s'],
  ['total', 'total', '600s'],
] as const;

/** The limits of credentials: their fields, and their names in the API. */
export const LIMITS = [
  ['concurrent', 'concurrent'],
  ['perMinute', 'requests_per_minute'],
] as const;

/** What was set of a channel beside its models, priority, weight and timeouts; empty texts where nothing was. */
export function useMoreFacts(): (channel: Channel) => Facts {
  const text = useMessages(formMessages);
  return (channel) => {
    const draft = draftOf(channel);
    const limits = LIMITS.flatMap(([name]) => (draft[name] === '' ? [] : [`${text[name]}: ${draft[name]}`]));
    const prices = draft.prices.map(
      ({ id: _, model, ...rates }) =>
        `${model}: ${Object.values(rates)
          .map((rate) => rate || '–')
          .join(' / ')}`,
    );
    const quirks = Object.entries(draft.quirks).map(([name, value]) => `${name}: ${value}`);
    return [
      [text.limits, limits.join(' · ')],
      [text.check, checkOf(draft)],
      [text.markup, draft.markup],
      [text.prices, prices.join('\n')],
      [text.quirks, quirks.join('\n')],
    ];
  };

  function checkOf({ isChecked, interval, checkTimeout, when, path, model }: Draft): string {
    if (!isChecked) return '';
    const often = when === 'open' ? text.whenOpen : text.always;
    return [often, interval || '30s', checkTimeout || '5s', path, model].filter((part) => part !== '').join(' · ');
  }
}

/** All that the form shows of a channel. */
export function useChannelFacts(): (channel: Channel) => Facts {
  const text = useMessages(formMessages);
  const moreFacts = useMoreFacts();
  return (channel) => {
    const draft = draftOf(channel);
    return [
      [text.models, draft.models],
      [text.priority, draft.priority],
      [text.weight, draft.weight],
      [text.timeouts, TIMEOUTS.map(([name, , usual]) => draft[name] || usual).join(' · ')],
      ...moreFacts(channel),
    ];
  };
}
