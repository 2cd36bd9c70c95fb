// kindred runs: what has been run, one line each, newest last.
import { type ListedRun, listRuns } from '../../run/files/card.js';
import type { CommandContext } from '../flags/arguments.js';
import { counted } from '../flags/flag-values.js';
import { left, percent, right, table } from '../printing/table.js';

export async function runs({ flags }: CommandContext): Promise<void> {
  const logDir = flags['log-dir'] ?? 'runs';
  const listed = listRuns(logDir);
  if (flags.json) process.stdout.write(`${JSON.stringify(listed, null, 2)}\n`);
  else if (listed.length === 0) process.stdout.write(`No runs in ${logDir}: kindred train makes one.\n`);
  else process.stdout.write(`${runsTable(listed, logDir)}\n`);
}

/** One line a run; accuracy is the majority vote's, on the images that were clustered and on those held out. */
export function runsTable(listed: readonly ListedRun[], logDir: string): string {
  const elsewhere = logDir === 'runs' ? '' : ` --log-dir ${logDir}`;
  const columns = [
    ...left('tag', 'started'),
    ...right('images', 'kinds', 'train', 'test', 'seconds'),
    ...left(''),
  ];
  return table(
    columns,
    listed.map(({ tag, card, problem }) => {
      if (card === null) return [tag, '', '', '', '', '', '', problem];
      const { startedAt, data, k, metrics, seconds, finished } = card;
      return [
        tag,
        startedAt.slice(0, 16).replace('T', ' '),
        counted(data.count),
        finished ? counted(k) : '',
        metrics === null ? '' : percent(metrics.train.majorityAccuracy),
        metrics?.test ? percent(metrics.test.majorityAccuracy) : '',
        seconds.total.toFixed(1),
        finished ? '' : `interrupted: kindred train --resume --tag ${tag}${elsewhere}`,
      ];
    }),
  );
}
