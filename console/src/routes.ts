import {
  Activity,
  Boxes,
  Cable,
  CircleUser,
  FolderKanban,
  Gauge,
  KeyRound,
  LayoutDashboard,
  type LucideIcon,
  MessagesSquare,
  PiggyBank,
  ScrollText,
  Settings,
  SquareTerminal,
  Users,
} from 'lucide-react';
import type { ComponentType } from 'react';
import type { Role } from './api/session.ts';
import type { Language } from './lib/preferences.ts';

/** The groups of the side bar, in order, with their headings. */
export const GROUPS = {
  work: { en: 'Workspace', 'zh-CN': '工作台' },
  access: { en: 'Access', 'zh-CN': '访问' },
  routing: { en: 'Routing', 'zh-CN': '路由' },
  system: { en: 'System', 'zh-CN': '系统' },
} as const satisfies Record<string, Record<Language, string>>;

/** A row of the route table. */
export type PageRow = {
  /** Below `/console`; `$name` is a parameter (`usePathParameter`). */
  path: string;
  title: Record<Language, string>;
  icon: LucideIcon;
  /** Undefined: not in the side bar. */
  group: keyof typeof GROUPS | undefined;
  /** Who may open it; `anyone` needs no sign-in and is drawn without the shell. */
  role: Role | 'anyone';
  load: () => Promise<{ Page: ComponentType }>;
};

/** The one route table of the console, one line a page: nothing is drawn that is not in it. The side bar and the palette follow it. */
// biome-ignore format: one line a page
export const PAGES: readonly PageRow[] = [
  { path: '/', title: { en: 'Overview', 'zh-CN': '概览' }, icon: LayoutDashboard, group: 'work', role: 'viewer', load: () => import('./pages/overview/page.tsx') },
  { path: '/exchanges', title: { en: 'Exchanges', 'zh-CN': '请求记录' }, icon: Activity, group: 'work', role: 'viewer', load: () => import('./pages/exchanges/page.tsx') },
  { path: '/exchanges/$id', title: { en: 'Exchange', 'zh-CN': '请求详情' }, icon: Activity, group: undefined, role: 'viewer', load: () => import('./pages/exchange/page.tsx') },
  { path: '/playground', title: { en: 'Playground', 'zh-CN': '试验场' }, icon: MessagesSquare, group: 'work', role: 'member', load: () => import('./pages/playground/page.tsx') },
  { path: '/sessions/$id', title: { en: 'Cache doctor', 'zh-CN': '缓存诊断' }, icon: Activity, group: undefined, role: 'viewer', load: () => import('./pages/cache-doctor/page.tsx') },
  { path: '/keys', title: { en: 'API keys', 'zh-CN': 'API 密钥' }, icon: KeyRound, group: 'access', role: 'viewer', load: () => import('./pages/keys/page.tsx') },
  { path: '/projects', title: { en: 'Projects', 'zh-CN': '项目' }, icon: FolderKanban, group: 'access', role: 'viewer', load: () => import('./pages/projects/page.tsx') },
  { path: '/budgets', title: { en: 'Budgets', 'zh-CN': '预算' }, icon: PiggyBank, group: 'access', role: 'viewer', load: () => import('./pages/budgets/page.tsx') },
  { path: '/channels', title: { en: 'Channels', 'zh-CN': '渠道' }, icon: Cable, group: 'routing', role: 'admin', load: () => import('./pages/channels/page.tsx') },
  { path: '/channels/$name', title: { en: 'Channel', 'zh-CN': '渠道' }, icon: Cable, group: undefined, role: 'admin', load: () => import('./pages/channel/page.tsx') },
  { path: '/models', title: { en: 'Models', 'zh-CN': '模型' }, icon: Boxes, group: 'routing', role: 'admin', load: () => import('./pages/models/page.tsx') },
  { path: '/start', title: { en: 'First steps', 'zh-CN': '快速开始' }, icon: SquareTerminal, group: 'system', role: 'viewer', load: () => import('./pages/setup/page.tsx') },
  { path: '/users', title: { en: 'Users', 'zh-CN': '用户' }, icon: Users, group: 'access', role: 'admin', load: () => import('./pages/users/page.tsx') },
  { path: '/projects/$id', title: { en: 'Project', 'zh-CN': '项目' }, icon: FolderKanban, group: undefined, role: 'viewer', load: () => import('./pages/project/page.tsx') },
  { path: '/projects/$id/members', title: { en: 'Members', 'zh-CN': '成员' }, icon: Users, group: undefined, role: 'viewer', load: () => import('./pages/project/page.tsx') },
  { path: '/audit', title: { en: 'Audit log', 'zh-CN': '审计日志' }, icon: ScrollText, group: 'system', role: 'admin', load: () => import('./pages/audit/page.tsx') },
  { path: '/profile', title: { en: 'Your profile', 'zh-CN': '个人资料' }, icon: CircleUser, group: undefined, role: 'viewer', load: () => import('./pages/profile/page.tsx') },
  { path: '/invitation', title: { en: 'Invitation', 'zh-CN': '邀请' }, icon: CircleUser, group: undefined, role: 'anyone', load: () => import('./pages/invitation/page.tsx') },
  { path: '/settings', title: { en: 'Settings', 'zh-CN': '设置' }, icon: Settings, group: 'system', role: 'viewer', load: () => import('./pages/settings/page.tsx') },
  { path: '/key', title: { en: 'My key', 'zh-CN': '我的密钥' }, icon: Gauge, group: undefined, role: 'anyone', load: () => import('./pages/key-holder/page.tsx') },
];
