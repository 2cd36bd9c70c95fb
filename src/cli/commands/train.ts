// kindred train [SOURCE]: find the kinds, write the run, print the table.
import { join } from 'node:path';
import type { RunCard } from '../../run/files/card.js';
import { hasEvents } from '../../run/tensorboard/event-writer.js';
import type { RunContext } from '../../run/writing/plan.js';
import { trainRun } from '../../run/writing/train.js';
import type { CommandContext } from '../flags/arguments.js';
import { noticeTo, withProgress } from '../printing/progress.js';
import { readKindRows, summary } from '../printing/summary.js';
import { trainRequest } from './train-request.js';

export async function train(context: CommandContext): Promise<void> {
  const request = trainRequest(context);
  const { flags, signal } = context;
  const how = { json: flags.json, logDir: request.logDir, signal };
  await trainAndPrint((watched) => trainRun(request, watched), how);
}

export interface PrintedTraining {
  readonly json: boolean | undefined;
  readonly logDir: string;
  readonly signal: AbortSignal;
}

/** Shows how far `work` is, and prints its first and its last result. */
export async function trainAndPrint(
  work: (context: RunContext) => Promise<RunCard>,
  { json, logDir, signal }: PrintedTraining,
): Promise<void> {
  const print = (card: RunCard) => {
    const folder = join(logDir, card.tag);
    process.stdout.write(
      summary(card, readKindRows(folder), { folder, board: hasEvents(folder) ? logDir : null }),
    );
  };
  const card = await withProgress(({ report, finish }) =>
    work({
      report,
      signal,
      notice: noticeTo(finish),
      onFirstResult(first) {
        if (json) return;
        finish();
        print(first);
        process.stdout.write('\n');
      },
    }),
  );
  if (json) process.stdout.write(`${JSON.stringify(card, null, 2)}\n`);
  else print(card);
}
