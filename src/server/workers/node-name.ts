import { randomBytes } from 'node:crypto';

/** The name of a process, or what the names of a supervisor's workers begin with: never used twice. */
export function newNodePrefix(): string {
  return `node_${randomBytes(8).toString('hex')}`;
}
