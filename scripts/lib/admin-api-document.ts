import { openApiDocument } from '../../src/admin/open-api.ts';

/** The OpenAPI document of the admin API as its file holds it. */
export function renderAdminApi(): string {
  return `${JSON.stringify(openApiDocument(), null, 2)}\n`;
}
