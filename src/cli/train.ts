// kindred train [SOURCE]: find the kinds, write the run, print the table.
import { join } from 'node:path';
import type { RunCard } from '../run/card.js';
import { trainRun } from '../run/train.js';
import type { CommandContext } from './arguments.js';
import { noticeTo, withProgress } from './progress.js';
import { readKindRows, summary } from './summary.js';
import { trainRequest } from './train-request.js';

export async function train(context: CommandContext): Promise<void> {
  const request = trainRequest(context);
  const { json } = context.flags;
  const print = (card: RunCard) => {
    const folder = join(request.logDir, card.tag);
    process.stdout.write(summary(card, readKindRows(folder), folder, request.logDir));
  };
  const card = await withProgress(({ report, finish }) =>
    trainRun(request, {
      report,
      signal: context.signal,
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
