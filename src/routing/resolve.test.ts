import { describe, expect, test } from 'vitest';
import { channel, config, credentials, route, rule } from '../../test/support/routing.ts';
import type { Config } from '../config/config.ts';
import { createRouter } from './resolve.ts';

/** Where a name goes, as `channel/upstream model`. */
function resolved(made: Config, model: string): string[] {
  return createRouter(made)
    .resolve(model)
    .map(({ channel: { name }, upstreamModel }) => `${name}/${upstreamModel}`);
}

describe('resolve', () => {
  const one = channel('one', [rule('m-*'), rule('m-exact', 'renamed'), rule('short', 'long-name')]);

  test.each([
    ['m-1', ['one/m-1']],
    ['m-exact', ['one/renamed']],
    ['short', ['one/long-name']],
    ['long-name', []],
    ['M-1', []],
    ['', []],
    ['__proto__', []],
  ])('%j goes to %j: an exact rule before a pattern, whatever their order', (model, targets) => {
    expect(resolved(config([one]), model)).toEqual(targets);
  });

  test('of two patterns the first in the file counts', () => {
    const both = channel('c', [rule('a*', 'first'), rule('ab*', 'second')]);
    expect(resolved(config([both]), 'abc')).toEqual(['c/first']);
  });

  test('a renaming pattern sends every name to one model', () => {
    expect(resolved(config([channel('c', [rule('*', 'only')])]), 'whatever')).toEqual(['c/only']);
  });

  test('lower priority goes first, equals in the order of the file', () => {
    const all = [
      channel('d', [rule('m')], { priority: 5 }),
      channel('b', [rule('m')], { priority: 1 }),
      channel('a', [rule('m')], { priority: -2 }),
      channel('c', [rule('*')], { priority: 1 }),
    ];
    expect(resolved(config(all), 'm')).toEqual(['a/m', 'b/m', 'c/m', 'd/m']);
    expect(resolved(config(all), 'other')).toEqual(['c/other']);
  });

  const two = [
    channel('x', [rule('m', 'm-x')], { priority: 2 }),
    channel('y', [rule('*')], { priority: 1 }),
    channel('z', []),
  ];

  test('an alias with channels goes to them alone, under the name it gives, by priority', () => {
    const aliases = { fast: route({ model: 'quick', channels: ['x', 'z'] }) };
    expect(resolved(config(two, { models: aliases }), 'fast')).toEqual(['z/quick', 'x/quick']);
  });

  test('an alias without channels goes wherever its model goes', () => {
    expect(resolved(config(two, { models: { fast: route({ model: 'm' }) } }), 'fast')).toEqual(['y/m', 'x/m-x']);
  });

  test('an alias covers a channel that serves the name itself', () => {
    expect(resolved(config(two, { models: { m: route({ model: 'n', channels: ['x'] }) } }), 'm')).toEqual(['x/n']);
  });

  test('an alias is followed once: a ring of them ends', () => {
    const ring = { a: route({ model: 'b' }), b: route({ model: 'a' }) };
    expect(resolved(config(two, { models: ring }), 'a')).toEqual(['y/b']);
  });

  test('the same question gets the same answer again', () => {
    const router = createRouter(config(two));
    expect(router.resolve('m')).toEqual(router.resolve('m'));
    expect(router.resolve('nothing-like-it')).toHaveLength(1);
  });

  test('channels without a model get it under the name that each of them gives it', () => {
    const models = { m: route({ channels: ['x', 'z'] }) };
    expect(resolved(config(two, { models }), 'm')).toEqual(['z/m', 'x/m-x']);
  });

  test('explicit targets are all there are; what they leave out is as their channel says', () => {
    const rest = { model: undefined, weight: undefined, priority: undefined };
    const targets = [
      { channel: 'x', model: 'big', weight: 5, priority: 9 },
      { channel: 'x', ...rest },
      { channel: 'z', ...rest },
    ];
    const found = createRouter(config(two, { models: { m: route({ targets }) } })).resolve('m');
    expect(found.map(({ id, model, weight, priority }) => ({ id, model, weight, priority }))).toEqual([
      { id: 'z/default/m', model: 'm', weight: 1, priority: 0 },
      { id: 'x/default/m-x', model: 'm', weight: 1, priority: 2 },
      { id: 'x/default/big', model: 'm', weight: 5, priority: 9 },
    ]);
  });

  test('each credential of a channel is a target of its own, and they divide its weight', () => {
    const many = channel('c', [rule('*')], { weight: 8, credentials: credentials('c', { a: 3, b: 1, c: 0 }) });
    const none = channel('n', [rule('*')], { credentials: credentials('n', { a: 0 }) });
    const found = createRouter(config([many, none])).resolve('m');
    expect(found.map(({ id, weight }) => [id, weight])).toEqual([
      ['c/a/m', 6],
      ['c/b/m', 2],
      ['c/c/m', 0],
      ['n/a/m', 0],
    ]);
  });

  test('a model has its own policy, or the one of all', () => {
    const router = createRouter(config(two, { models: { m: route({ policy: 'least-cost' }) } }));
    expect(router.route('m')).toMatchObject({ policy: 'least-cost', targets: [{ upstreamModel: 'm' }, {}] });
    expect(router.route('other').policy).toBe('priority-weighted');
  });

  test('fallbacks are those of the name itself, else of the first pattern that fits, without the name itself', () => {
    const fallbacks = new Map([
      ['m-*', ['n', 'm-1']],
      ['m-2', ['o']],
    ]);
    const router = createRouter({ ...config(two), fallbacks });
    expect(['m-2', 'm-1', 'n'].map((model) => router.route(model).fallbacks)).toEqual([['o'], ['n'], []]);
  });
});
