import { defineMessages } from '../../i18n/messages.ts';

/** Texts of signing in. */
export const signInMessages = defineMessages(
  {
    title: 'Sign in',
    email: 'E-mail address',
    password: 'Password',
    code: 'Code',
    codeHint: 'Of your authenticator, or a recovery code.',
    signIn: 'Sign in',
    signInBy: (provider: string) => `Sign in by ${provider}`,
    inAnotherTab: 'Sign in in the other tab, then come back: this page goes on.',
    haveKey: 'I have an API key, no account',
    oidc_failed: 'Signing in did not succeed at the identity provider, or took too long. Try again.',
    oidc_no_role: 'Your account there gives you no role here. Ask who administers EZModel.',
    oidc_no_email: 'Your identity provider does not say that your e-mail address is verified.',
    oidc_domain: 'Your e-mail address is in no domain that is let in.',
    oidc_email_taken: 'Somebody here has your e-mail address already: sign in with its password.',
    oidc_disabled: 'Your account is disabled.',
  },
  {
    title: '登录',
    email: '电子邮箱',
    password: '密码',
    code: '验证码',
    codeHint: '身份验证器的验证码，或恢复码。',
    signIn: '登录',
    signInBy: (provider: string) => `通过 ${provider} 登录`,
    inAnotherTab: '请在另一个标签页中登录，然后返回：本页会继续。',
    haveKey: '我只有 API 密钥，没有账户',
    oidc_failed: '在身份提供方登录未成功，或耗时过长。请重试。',
    oidc_no_role: '您的账户在此没有角色。请联系 EZModel 的管理员。',
    oidc_no_email: '您的身份提供方未确认您的电子邮箱已验证。',
    oidc_domain: '您的电子邮箱不属于允许的域名。',
    oidc_email_taken: '此处已有账户使用您的电子邮箱：请用其密码登录。',
    oidc_disabled: '您的账户已被停用。',
  },
);
