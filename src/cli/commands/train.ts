// kindred train [SOURCE]: find the kinds, write the run, print the table.
import { join } from 'node:path';
import { CHOICES, type Choices, isValue } from '../../api/choices.js';
import { requestOf, type TrainOptions } from '../../api/options.js';
import { InputError } from '../../core/errors.js';
import type { RunCard } from '../../run/files/card.js';
import { hasEvents } from '../../run/tensorboard/event-writer.js';
import { completeRequest, type RunContext, type TrainRequest } from '../../run/writing/plan.js';
import { trainRun } from '../../run/writing/train.js';
import { type CommandContext, readingOptions } from '../flags/arguments.js';
import { shown } from '../flags/flag-values.js';
import { type FlagValues, flagOf } from '../flags/flags.js';
import { noticeTo, withProgress } from '../printing/progress.js';
import { readKindRows, summary } from '../printing/summary.js';

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

// The flags → what the library is asked for.

/** Throws an InputError for flags that cannot stand together. */
export function trainRequest({ flags, positionals: sources, argv }: CommandContext): TrainRequest {
  const [source] = sources;
  const { 'data-dir': dataDir } = flags;
  if (source !== undefined && dataDir !== undefined) {
    throw new InputError(
      `SOURCE ${shown(source)} and --data-dir ${shown(dataDir)} both name images. Give one of them.`,
    );
  }
  return completeRequest({ ...requestOf(trainOptions(flags), false), sources, dataDir, command: argv });
}

/** What was given: the defaults are the library's. */
function trainOptions(flags: FlagValues): TrainOptions {
  const chosen: TrainOptions = chosenOf(CHOICES.train, flags);
  const numClusters = flags['num-clusters'] === 'auto' ? null : flags['num-clusters'];
  return { ...chosen, ...readingOptions(flags), numClusters };
}

/** The options by the library's names and in its groups. */
function chosenOf(choices: Choices, flags: Readonly<Record<string, unknown>>): object {
  const chosen = Object.entries(choices).map(([name, choice]) => {
    return [name, isValue(choice) ? flags[flagOf(name).slice(2)] : chosenOf(choice, flags)];
  });
  return Object.fromEntries(chosen);
}
