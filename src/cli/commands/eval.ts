// kindred eval RUN [SOURCE]: how well the kinds of a run match the labels beside the images.
import { readingOf } from '../../api/options.js';
import { evaluateRun } from '../../run/reading/evaluate.js';
import { type CommandContext, readingOptions } from '../flags/arguments.js';
import { counted } from '../flags/flag-values.js';
import { noticeTo, withProgress } from '../printing/progress.js';
import { metricsTable } from '../printing/summary.js';
import { confusionRecord, confusionTable } from '../printing/table.js';

export async function evaluate({ flags, positionals, signal }: CommandContext): Promise<void> {
  const [folder, ...sources] = positionals;
  const evaluation = await withProgress(({ report, finish }) =>
    evaluateRun(folder, sources, {
      report,
      signal,
      labelsFrom: flags['labels-from'] ?? null,
      limits: readingOf(readingOptions(flags)).limits,
      notice: noticeTo(finish),
    }),
  );
  const { metrics, count } = evaluation;
  if (flags.json) {
    const record = { source: evaluation.source, count, metrics, confusion: confusionRecord(evaluation) };
    process.stdout.write(`${JSON.stringify(record, null, 2)}\n`);
    return;
  }
  const blocks = [
    `${counted(count)} images of ${evaluation.source}`,
    metricsTable(metrics, null, ['score']),
    confusionTable(evaluation) ?? `${evaluation.classNames.length} labels: see the confusion with --json.`,
  ];
  process.stdout.write(`${blocks.join('\n\n')}\n`);
}
