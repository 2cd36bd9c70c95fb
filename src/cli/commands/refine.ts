// kindred refine RUN: a new run that has learnt what a person made of RUN, printed beside it.
import { dirname } from 'node:path';
import { placeOf } from '../../api/options.js';
import { refineRun } from '../../review/refine.js';
import type { CommandContext } from '../flags/arguments.js';
import { trainAndPrint } from './train.js';

export async function refine({ flags, positionals: [run], argv, signal }: CommandContext): Promise<void> {
  const { tag, overwrite, quality, seed, threads, json } = flags;
  const place = placeOf({ logDir: flags['log-dir'] ?? dirname(run), tag, overwrite });
  const choices = { ...place, command: argv, options: { quality, seed, threads } };
  await trainAndPrint((context) => refineRun(run, choices, context), { json, logDir: place.logDir, signal });
}
