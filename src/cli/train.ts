// kindred train [SOURCE]: find the kinds, write the run, print the table.
import { join } from 'node:path';
import { trainRun } from '../run/train.js';
import type { CommandContext } from './arguments.js';
import { withProgress } from './progress.js';
import { readKindRows, summary } from './summary.js';
import { trainRequest } from './train-request.js';

export async function train(context: CommandContext): Promise<void> {
  const request = trainRequest(context);
  const card = await withProgress((report) => trainRun(request, { report, signal: context.signal }));
  if (context.flags.json) {
    process.stdout.write(`${JSON.stringify(card, null, 2)}\n`);
    return;
  }
  const folder = join(request.logDir, card.tag);
  process.stdout.write(summary(card, readKindRows(folder), folder, request.logDir));
}
