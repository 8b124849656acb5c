import { registerHooks } from 'node:module';

/** Loaded before a gateway: its ledger is replaced by one that writes nothing, to measure what the real one costs. */
const REAL = '/src/metering/ledger.ts';
const STUB = new URL('./no-ledger.ts', import.meta.url).href;

registerHooks({
  resolve: (specifier, context, next) => {
    const resolved = next(specifier, context);
    return resolved.url.endsWith(REAL) ? { ...resolved, url: STUB } : resolved;
  },
});
