import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { describe, expect, it } from 'vitest';
import { renderAdminApi } from '../scripts/lib/admin-api-document.ts';
import { renderAdminContract } from '../scripts/lib/admin-contract.ts';
import { ENDPOINTS } from '../src/admin/endpoints.ts';
import { PROJECT_ROOT } from './support/source-tree.ts';

describe('docs/admin-api.json', () => {
  const document = renderAdminApi();

  it('is what the table of endpoints says (npm run admin-docs)', () => {
    expect(readFileSync(join(PROJECT_ROOT, 'docs/admin-api.json'), 'utf8')).toBe(document);
  });

  it('and so are the types that the console sees of it', () => {
    expect(readFileSync(join(PROJECT_ROOT, 'src/admin/contract.ts'), 'utf8')).toBe(renderAdminContract());
  });

  it('passes the recommended rules of an OpenAPI linter, without a warning', async () => {
    const config = await createConfig({ extends: ['recommended'] });
    const problems = await lintFromString({ source: document, config });
    expect(problems.map(({ ruleId, message, location }) => `${ruleId}: ${message} ${location[0]?.pointer}`)).toEqual(
      [],
    );
  });

  it('names each endpoint once', () => {
    const ids = [...document.matchAll(/"operationId": "(\w+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ENDPOINTS.length);
    expect(ids).toHaveLength(ENDPOINTS.length);
  });

  it('refuses what it does not name, in every query and body', () => {
    const open = ENDPOINTS.filter(({ query, body, params }) =>
      [query, body, params].some((schema) => schema.safeParse({ surplus: 1 }).success),
    );
    expect(open).toEqual([]);
  });
});
