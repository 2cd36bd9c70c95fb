// kindred export RUN --to FORMAT: a finished run in other people's formats.
import { InputError } from '../../core/errors.js';
import { FORMATS } from '../../export/choices.js';
import { exportRun } from '../../export/export.js';
import type { CommandContext } from '../flags/arguments.js';
import { counted } from '../flags/flag-values.js';
import { withProgress } from '../printing/progress.js';

export async function exportCommand({ flags, positionals, signal }: CommandContext): Promise<void> {
  const [folder] = positionals;
  const { to } = flags;
  if (to === undefined) {
    throw new InputError(`kindred export got no format. Add --to ${FORMATS.join(', --to ')}.`);
  }
  const request = {
    to,
    out: flags.out ?? null,
    overwrite: flags.overwrite ?? false,
    link: flags.link ?? 'copy',
    imageRoot: flags['image-root'] ?? null,
  };
  const { path, images, kinds } = await withProgress(({ report }) =>
    exportRun(folder, request, { report, signal }),
  );
  process.stdout.write(`${path}: ${counted(images)} images of ${counted(kinds)} kinds\n`);
}
