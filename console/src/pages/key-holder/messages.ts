import { defineMessages } from '../../i18n/messages.ts';

/** Texts of the page of who holds a key. */
export const keyHolderMessages = defineMessages({ title: 'My key' }, { title: '我的密钥' });
