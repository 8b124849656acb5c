import { defineMessages } from '../../i18n/messages.ts';

/** Texts of the settings. */
export const settingsMessages = defineMessages(
  {
    title: 'Settings',
    thisBrowser: 'This browser',
    language: 'Language',
    theme: 'Theme',
    system: 'As this machine',
    light: 'Light',
    dark: 'Dark',
    timeZone: 'Time zone',
    systemZone: (zone: string) => `As this machine (${zone})`,
  },
  {
    title: '设置',
    thisBrowser: '此浏览器',
    language: '语言',
    theme: '主题',
    system: '跟随系统',
    light: '浅色',
    dark: '深色',
    timeZone: '时区',
    systemZone: (zone: string) => `跟随系统（${zone}）`,
  },
);
