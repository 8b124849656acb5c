import { expect, test } from 'vitest';
import { maskEcho } from './mask-echo.ts';

const BODY = Buffer.from(
  JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'our secret plan is PROJECT-BLUEBIRD-2031' }] }),
);

test('what an upstream repeats of a request is masked, its own words stay', () => {
  expect(maskEcho('messages.0.content: "our secret plan is" may not be asked', BODY)).toBe(
    'messages.0.content: "… … … …" may not be asked',
  );
  expect(maskEcho('PROJECT-BLUEBIRD-2031 is against the rules', BODY)).toBe('… is against the rules');
  expect(maskEcho('Overloaded: try again', BODY)).toBe('Overloaded: try again');
});
