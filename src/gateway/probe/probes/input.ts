import type { Probe } from '../probe.ts';
import { failed, ok, whenAnswered } from '../verdict.ts';
import { askFor, textOf } from './ask-for.ts';

/** A red square of 32 x 32 pixels: some upstreams refuse smaller ones. */
const PICTURE =
  'iVBORw0KGgoAAAANSUhEUgAAACAAAAAgCAIAAAD8GO2jAAAAKklEQVR42mO4IydHU8QwasGoBaMWjFowasGoBaMWjFowasGoBaMWDBULAJI2YD30P/0LAAAAAElFTkSuQmCC';

/** A picture in a user turn. What the model makes of it is its own affair. */
export const IMAGE: Probe = {
  name: 'image',
  supported: ({ quirks }) => quirks.images,
  request: () => ({
    form: 'whole',
    message: askFor('', {
      messages: [
        {
          role: 'user',
          content: [
            { type: 'image', source: { type: 'base64', media_type: 'image/png', data: PICTURE } },
            { type: 'text', text: 'Which colour is this? One word.' },
          ],
        },
      ],
    }),
  }),
  judge: (answer) => whenAnswered(answer, ({ message }) => (textOf(message) === '' ? failed('no text') : ok())),
};

/** A system message behind other turns (`anthropic-surface.md` §4.2). */
export const SYSTEM_TURN: Probe = {
  name: 'system turn',
  supported: ({ dialect, quirks, facts }) =>
    (dialect.id === 'anthropic-messages' ? facts?.rules.systemInMessages : undefined) ?? quirks.systemMidConversation,
  request: () => ({
    form: 'whole',
    message: askFor('', {
      messages: [
        { role: 'user', content: 'Say hello.' },
        { role: 'assistant', content: 'Hello.' },
        { role: 'user', content: 'Once more.' },
        { role: 'system', content: 'Answer in one word.' },
      ],
    }),
  }),
  judge: (answer) => whenAnswered(answer, () => ok()),
};
