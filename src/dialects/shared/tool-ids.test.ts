import { describe, expect, it } from 'vitest';
import { testTools } from '../../../test/support/codec-tools.ts';
import type { ToolIdForm } from '../../core/quirks.ts';
import { LossList } from './loss-list.ts';
import { ToolIds } from './tool-ids.ts';

const LOOKS: Record<ToolIdForm, RegExp> = {
  up_to_40: /^[a-zA-Z0-9_-]{1,40}$/,
  up_to_64: /^[a-zA-Z0-9_-]{1,64}$/,
  nine_alphanumerics: /^[a-zA-Z0-9]{9}$/,
};

const FORMS: ToolIdForm[] = ['up_to_40', 'up_to_64', 'nine_alphanumerics'];
const IDS = ['toolu_01', `fc_${'a'.repeat(62)}`, 'call_1|fc_2', 'abcdefgh1', '', 'ü'];

const ids = (form: ToolIdForm, losses = new LossList()): ToolIds => new ToolIds(form, testTools().hash, losses);

describe('tool call ids', () => {
  it.each(FORMS.flatMap((form) => IDS.map((id) => ({ form, id }))))('P98 fit the form $form: $id', ({ form, id }) => {
    expect(ids(form).toUpstream(id, 'x')).toMatch(LOOKS[form]);
  });

  it.each(FORMS)('P98 are the same in call and result, and in the next request: %s', (form) => {
    const first = ids(form);
    const sent = IDS.map((id) => first.toUpstream(id, 'x'));
    expect(IDS.map((id) => first.toUpstream(id, 'y'))).toEqual(sent);
    expect(IDS.toReversed().map((id) => ids(form).toUpstream(id, 'z'))).toEqual(sent.toReversed());
    expect(new Set(sent).size).toBe(IDS.length);
  });

  it('P98 that fit stay, and a change is reported once', () => {
    const losses = new LossList();
    const nine = ids('nine_alphanumerics', losses);
    expect(nine.toUpstream('abcdefgh1', 'a')).toBe('abcdefgh1');
    nine.toUpstream('toolu_01', 'messages.1.content.0.id');
    nine.toUpstream('toolu_01', 'messages.2.content.0.tool_use_id');
    expect(losses.all).toEqual([{ code: 'tool_id_changed', field: 'messages.1.content.0.id' }]);
  });
});
