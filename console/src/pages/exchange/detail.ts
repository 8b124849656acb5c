import type { AdminApi } from '../../../../src/admin/contract.ts';

/** An exchange with its attempts and its receipt. */
export type ExchangeDetail = AdminApi['GET /exchanges/{id}']['answer'];
