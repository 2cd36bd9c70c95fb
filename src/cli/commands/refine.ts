// kindred refine RUN: a new run that has learnt what a person made of RUN, printed beside it.
import { dirname } from 'node:path';
import { refineRun } from '../../review/refine.js';
import { checkTag } from '../../run/files/folder.js';
import type { CommandContext } from '../flags/arguments.js';
import { trainAndPrint } from './train.js';
import { requireTagToOverwrite } from './train-request.js';

export async function refine({ flags, positionals: [run], argv, signal }: CommandContext): Promise<void> {
  const { tag, overwrite = false, quality = null, seed = null, threads = null, json } = flags;
  if (tag !== undefined) checkTag(tag);
  requireTagToOverwrite(overwrite, tag);
  const logDir = flags['log-dir'] ?? dirname(run);
  const choices = { logDir, tag: tag ?? null, overwrite, quality, seed, threads, command: argv };
  await trainAndPrint((context) => refineRun(run, choices, context), { json, logDir, signal });
}
