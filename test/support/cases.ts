// Situations out of public bug reports: the files of each stand in an archive under test/cases/inputs.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const inputs = fileURLToPath(new URL('../cases/inputs/', import.meta.url));

/** Unpacks the files of a case into a folder. `name` is the archive's, without `.tar.gz`. */
export function unpackCase(name: string, folder: string): string {
  const archive = `${inputs}${name}.tar.gz`;
  if (!existsSync(archive)) {
    throw new Error(`There is no case ${name} among ${readdirSync(inputs).join(', ')}`);
  }
  execFileSync('tar', ['xzf', archive, '-C', folder]);
  return folder;
}
