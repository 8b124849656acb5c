import { defineMessages } from '../../i18n/messages.ts';

/** Texts of the overview. */
export const overviewMessages = defineMessages(
  {
    title: 'Overview',
    spend: 'Spend',
    requests: 'Requests',
    freshTokens: 'Fresh input tokens',
    cachedTokens: 'Cached input tokens',
    outputTokens: 'Output tokens',
    spendByDay: 'Spend by day',
    byModel: 'By model',
    model: 'Model',
    none: 'No requests in this period',
    noneHint: 'They appear here as soon as a client sends one.',
  },
  {
    title: '概览',
    spend: '支出',
    requests: '请求数',
    freshTokens: '未缓存输入 Token',
    cachedTokens: '缓存命中 Token',
    outputTokens: '输出 Token',
    spendByDay: '每日支出',
    byModel: '按模型',
    model: '模型',
    none: '此时间范围内没有请求',
    noneHint: '客户端发出请求后会立即显示在这里。',
  },
);
