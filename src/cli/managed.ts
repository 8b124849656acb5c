import { CliError } from './output.ts';

/** @throws CliError when `ezmodel.yaml` rules the thing that is to be changed. */
export function refuseManaged(what: string, { managed }: { managed: boolean }): void {
  if (managed) throw new CliError(`${what} is managed by the config file: change it there`);
}
