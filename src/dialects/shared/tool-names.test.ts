import { describe, expect, it } from 'vitest';
import { testTools } from '../../../test/support/codec-tools.ts';
import { LossList } from './loss-list.ts';
import { ToolNames } from './tool-names.ts';

const ACCEPTED = /^[a-zA-Z0-9_-]{1,64}$/;

function names(): { names: ToolNames; losses: LossList } {
  const losses = new LossList();
  return { names: new ToolNames(testTools().hash, losses), losses };
}

describe('tool names', () => {
  it('that the upstream takes stay as they are', () => {
    const { names: each, losses } = names();
    expect(each.toUpstream('mcp__server__Get-It_1', 'tools.0.name')).toBe('mcp__server__Get-It_1');
    expect([losses.all, each.changed().size]).toEqual([[], 0]);
  });

  it.each([
    { name: 'P88 of more than 64 characters', given: `mcp__${'long_'.repeat(20)}` },
    { name: 'P88 with characters outside the pattern', given: 'github.com/search issues' },
    { name: 'P88 in another script', given: '查询天气' },
    { name: 'P88 that is empty', given: '' },
  ])('$name are made to fit and mapped back', ({ given }) => {
    const { names: each, losses } = names();
    const sent = each.toUpstream(given, 'tools.0.name');
    expect(sent).toMatch(ACCEPTED);
    expect(each.changed()).toEqual(new Map([[sent, given]]));
    expect(losses.all).toEqual([{ code: 'tool_renamed', field: 'tools.0.name' }]);
  });

  it('P89 that differ behind the 64th character do not collide', () => {
    const { names: each } = names();
    const long = 'x'.repeat(70);
    const sent = [`${long}a`, `${long}b`, 'a.b', 'a b', 'a_b'].map((name) => each.toUpstream(name, 'tools.0.name'));
    expect(new Set(sent).size).toBe(5);
  });

  it('P89 do not collide with a name that looks like a changed one', () => {
    const { names: each } = names();
    const changed = names().names.toUpstream('a.b', 'tools.0.name');
    expect(each.toUpstream(changed, 'tools.0.name')).toBe(changed);
    expect(each.toUpstream('a.b', 'tools.1.name')).not.toBe(changed);
  });

  it('P88 are the same in every request', () => {
    expect(names().names.toUpstream('a.b', 'x')).toBe(names().names.toUpstream('a.b', 'y'));
  });
});
