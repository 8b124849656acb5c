import { readFileSync } from 'node:fs';

/**
 * Loaded into a process with `--import`, lets a test set its clock: `Date.now` is off by the ms in the file that
 * `EZMODEL_TEST_CLOCK` names. It is read at the start, and again at each SIGUSR2.
 */
const file = process.env['EZMODEL_TEST_CLOCK'] ?? '';
const real = Date.now;
let offset = 0;

function read(): void {
  offset = Number(readFileSync(file, 'utf8'));
}

read();
process.on('SIGUSR2', read);
Date.now = () => real() + offset;
