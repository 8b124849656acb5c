import { defineMessages } from '../../i18n/messages.ts';

/** Texts of the first run. */
export const setupMessages = defineMessages(
  {
    ownerTitle: 'Set up EZModel',
    ownerHint: 'Make the account of the first owner. The server printed a set-up token when it started.',
    token: 'Set-up token',
    tokenHint: 'Also in the file setup-token of the data directory; it lasts an hour.',
    name: 'Your name',
    email: 'E-mail address',
    password: 'Password',
    passwordHint: 'At least 12 characters.',
    create: 'Make the account',
    title: 'First steps',
  },
  {
    ownerTitle: '设置 EZModel',
    ownerHint: '创建第一个所有者账户。服务器启动时打印了一个设置令牌。',
    token: '设置令牌',
    tokenHint: '也保存在数据目录的 setup-token 文件中，有效期一小时。',
    name: '您的姓名',
    email: '电子邮箱',
    password: '密码',
    passwordHint: '至少 12 个字符。',
    create: '创建账户',
    title: '快速开始',
  },
);
