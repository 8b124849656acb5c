import { useSeen } from '../../api/edit.ts';
import { useMay } from '../../api/session.ts';
import { useMessages } from '../../i18n/messages.ts';
import { LANGUAGES, type Language, setPreferences, THEMES, usePreferences } from '../../lib/preferences.ts';
import { SelectField } from '../../ui/field.tsx';
import { Page as Frame, Section } from '../../ui/page.tsx';
import { Loaded } from '../../ui/states.tsx';
import { GatewaySettings } from './gateway-settings.tsx';
import { identityMessages } from './identity-messages.ts';
import { settingsMessages } from './messages.ts';
import { SignInWays } from './sign-in-ways.tsx';
import { Tokens } from './tokens.tsx';
import { Webhooks } from './webhooks.tsx';

/** Settings: what this browser keeps comes first; what the gateway keeps has sections of its own. */
export function Page() {
  const text = useMessages(settingsMessages);
  const settings = useSeen('GET /settings', {});
  const identity = useMessages(identityMessages);
  const isAdmin = useMay('admin');
  return (
    <Frame title={text.title}>
      <div className="grid max-w-3xl gap-5">
        <Section title={text.thisBrowser}>
          <BrowserSettings />
        </Section>
        <Loaded query={settings}>
          {(seen) => <GatewaySettings seen={seen} onRead={() => void settings.refetch()} />}
        </Loaded>
        {isAdmin && (
          <>
            <Webhooks />
            <Section title={identity.signingIn}>
              <SignInWays />
            </Section>
            <Section title={identity.tokens}>
              <Tokens />
            </Section>
          </>
        )}
      </div>
    </Frame>
  );
}

const LANGUAGE_NAMES: readonly Language[] = ['en', 'zh-CN'];

function BrowserSettings() {
  const text = useMessages(settingsMessages);
  const { language, theme, timeZone } = usePreferences();
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const themes = { system: text.system, light: text.light, dark: text.dark };
  return (
    <div className="grid gap-4 p-4 sm:grid-cols-3">
      <SelectField
        label={text.language}
        value={language}
        choices={LANGUAGE_NAMES.map((value) => ({ value, label: LANGUAGES[value] }))}
        onValue={(value) => setPreferences({ language: value })}
      />
      <SelectField
        label={text.theme}
        value={theme}
        choices={THEMES.map((value) => ({ value, label: themes[value] }))}
        onValue={(value) => setPreferences({ theme: value })}
      />
      <SelectField
        label={text.timeZone}
        value={timeZone}
        choices={['system', 'UTC', ...Intl.supportedValuesOf('timeZone')].map((value) => ({
          value,
          label: value === 'system' ? text.systemZone(here) : value,
        }))}
        onValue={(value) => setPreferences({ timeZone: value })}
      />
    </div>
  );
}
