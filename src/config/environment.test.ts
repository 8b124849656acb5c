import { expect, test } from 'vitest';
import { EnvironmentError, readEnvironment } from './environment.ts';
import type { Variables } from './expand.ts';

const read = (variables: Variables, configFlag?: string, files: string[] = []) =>
  readEnvironment({
    variables,
    configFlag,
    workingDirectory: '/work',
    fileExists: (path) => files.includes(path),
  });

test('has a default for everything', () => {
  const defaults = {
    host: '127.0.0.1',
    port: 8787,
    dataDir: '/work/data',
    configFile: undefined,
    logLevel: 'info',
    workers: 1,
  };
  expect(read({})).toEqual(defaults);
  expect(read({ HOST: '', PORT: '', EZMODEL_DATA_DIR: '', EZMODEL_CONFIG: '', EZMODEL_LOG_LEVEL: '' })).toEqual(
    defaults,
  );
});

test('takes what is set', () => {
  const variables = { HOST: '::1', PORT: '0', EZMODEL_DATA_DIR: '../d', EZMODEL_LOG_LEVEL: 'debug' };
  expect(read(variables)).toMatchObject({ host: '::1', port: 0, dataDir: '/d', logLevel: 'debug' });
});

test('--config wins over EZMODEL_CONFIG, which wins over an ezmodel.yaml that exists', () => {
  const files = ['/work/ezmodel.yaml'];
  expect(read({}, undefined, files).configFile).toBe('/work/ezmodel.yaml');
  expect(read({ EZMODEL_CONFIG: 'e.yaml' }, undefined, files).configFile).toBe('/work/e.yaml');
  expect(read({ EZMODEL_CONFIG: 'e.yaml' }, '/f.yaml', files).configFile).toBe('/f.yaml');
});

test.each([
  ['PORT', '65536'],
  ['PORT', '-1'],
  ['PORT', '80a'],
  ['PORT', '1e3'],
  ['HOST', 'http://x'],
  ['HOST', '[::1]'],
  ['EZMODEL_LOG_LEVEL', 'loud'],
])('%s=%s is refused by name', (name, value) => {
  expect(() => read({ [name]: value })).toThrow(EnvironmentError);
  expect(() => read({ [name]: value })).toThrow(name);
});

test('an empty --config is refused', () => {
  expect(() => read({}, '')).toThrow('--config');
});
