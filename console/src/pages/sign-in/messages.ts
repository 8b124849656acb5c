import { defineMessages } from '../../i18n/messages.ts';

/** Texts of signing in. */
export const signInMessages = defineMessages(
  {
    title: 'Sign in',
    email: 'E-mail address',
    password: 'Password',
    signIn: 'Sign in',
    haveKey: 'I have an API key, no account',
  },
  { title: '登录', email: '电子邮箱', password: '密码', signIn: '登录', haveKey: '我只有 API 密钥，没有账户' },
);
