// kindred eval RUN [SOURCE]: how well the kinds of a run match the labels beside the images.
import { evaluateRun } from '../run/evaluate.js';
import type { CommandContext } from './arguments.js';
import { counted } from './flag-values.js';
import { withProgress } from './progress.js';
import { metricsTable } from './summary.js';

export async function evaluate({ flags, positionals, signal }: CommandContext): Promise<void> {
  const [folder, source = null] = positionals;
  const evaluation = await withProgress((report) => evaluateRun(folder, source, { report, signal }));
  if (flags.json) {
    process.stdout.write(`${JSON.stringify(evaluation, null, 2)}\n`);
    return;
  }
  const { metrics, count } = evaluation;
  process.stdout.write(
    `${counted(count)} images of ${evaluation.source}\n\n${metricsTable(metrics, null, [''])}\n`,
  );
}
