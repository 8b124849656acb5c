import { defineMessages } from '../../i18n/messages.ts';

/** Texts of accepting an invitation. */
export const invitationMessages = defineMessages(
  {
    title: 'Welcome',
    hint: (email: string) => `You are invited as ${email}. Choose how you want to be called, and a password.`,
    name: 'Name',
    password: 'Password',
    passwordHint: 'Twelve characters or more.',
    accept: 'Accept the invitation',
    incomplete: 'This link is incomplete: ask for it again.',
  },
  {
    title: '欢迎',
    hint: (email: string) => `您以 ${email} 的身份受邀。请选择显示名称和密码。`,
    name: '名称',
    password: '密码',
    passwordHint: '至少 12 个字符。',
    accept: '接受邀请',
    incomplete: '此链接不完整：请重新索取。',
  },
);
