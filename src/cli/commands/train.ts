// kindred train [SOURCE]: find the kinds, write the run, print the table.
import { join } from 'node:path';
import { type TrainOptions, trainWishes } from '../../api/options.js';
import { InputError } from '../../core/errors.js';
import { isRunFolder, type RunCard, readRunCard } from '../../run/files/card.js';
import { folderToResume } from '../../run/files/folder.js';
import { hasEvents } from '../../run/tensorboard/event-writer.js';
import { completeRequest, type RunContext, type TrainRequest } from '../../run/writing/plan.js';
import { trainRun } from '../../run/writing/train.js';
import { type CommandContext, parseArguments, readingOptions } from '../flags/arguments.js';
import { shown } from '../flags/flag-values.js';
import { FLAG_NAMES, FLAGS, type FlagName, type FlagValues } from '../flags/flags.js';
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

/** What may be said anew beside --resume; all else stays as the run began. */
const BESIDE_RESUME: readonly FlagName[] = ['resume', 'tag', 'log-dir', 'json', 'threads'];

/** Throws an InputError for flags that cannot stand together. */
export function trainRequest({ flags, positionals: sources, argv }: CommandContext): TrainRequest {
  const [source] = sources;
  const begun = checkResume(flags, sources);
  const { 'data-dir': dataDir } = flags;
  if (source !== undefined && dataDir !== undefined) {
    throw new InputError(
      `SOURCE ${shown(source)} and --data-dir ${shown(dataDir)} both name images. Give one of them.`,
    );
  }
  const options = trainOptions(flags);
  const wishes =
    begun === null
      ? { ...trainWishes(options, false), sources }
      : trainWishes(resumed(options, moreSteps(flags, begun)), false);
  return completeRequest({ ...wishes, dataDir, command: argv });
}

/** What was given: the defaults are the library's. */
function trainOptions(flags: FlagValues): TrainOptions {
  const { method, quality, seed, threads, encoder, features, strict, tag, resume, overwrite } = flags;
  return {
    ...readingOptions(flags),
    logDir: flags['log-dir'],
    tag,
    resume,
    overwrite,
    method,
    quality,
    seed,
    threads,
    encoder,
    features,
    strict,
    labelsFrom: flags['labels-from'],
    tensorboardEmbedding: flags['tb-embedding'],
    networkEpochs: flags['network-epochs'],
    numClusters: flags['num-clusters'] === 'auto' ? null : flags['num-clusters'],
    network: {
      convolution: flags.convolution,
      hidden: flags.hidden,
      encodingSize: flags['encoding-size'],
      tied: flags.tied,
    },
    training: {
      optimizer: flags.optimizer,
      learningRate: flags['learning-rate'],
      warmUpSteps: flags['warm-up-steps'],
      steps: flags.steps,
      batchSize: flags['batch-size'],
    },
    clustering: {
      distance: flags.distance,
      miniBatch: flags['mini-batch'],
      restarts: flags.restarts,
    },
  };
}

/** Of a run that goes on, what may be another now. */
function resumed({ logDir, tag, resume, threads }: TrainOptions, steps: number | undefined): TrainOptions {
  return { logDir, tag, resume, threads, training: { steps } };
}

/** How the run began that goes on. */
interface Begun {
  readonly flags: FlagValues;
  readonly sources: readonly string[];
  readonly isFinished: boolean;
}

/**
 * How the run began that --resume names; null without it. What it began with may be said again. Throws an InputError where something
 * else is said.
 */
function checkResume(flags: FlagValues, sources: readonly string[]): Begun | null {
  const { resume, overwrite, tag } = flags;
  // The request itself refuses these.
  if (!resume || overwrite || tag === undefined) return null;
  const begun = beginningOf(flags['log-dir'] ?? 'runs', tag);
  if (sources.length > 0 && sources.join('\0') !== begun.sources.join('\0')) {
    throw new InputError(`--resume goes on with the run's own images. Leave ${shown(sources[0])} out.`);
  }
  for (const name of FLAG_NAMES) {
    const value = flags[name];
    if (value === undefined || name === 'steps' || BESIDE_RESUME.includes(name)) continue;
    const before = begun.flags[name];
    if (String(value) === String(before ?? FLAGS[name].default)) continue;
    const was = before === undefined ? `without --${name}` : `with --${name} ${shown(String(before))}`;
    throw new InputError(
      `--${name} is ${shown(String(value))}, but run ${tag} began ${was}, and --resume goes on as it began. Leave the flag out, or start another run with another --tag.`,
    );
  }
  return begun;
}

/** What the words say that a run began with; nothing where it was begun by another command. */
function beginningOf(logDir: string, tag: string): Begun {
  const { folder } = folderToResume(logDir, tag);
  const nothing: Begun = { flags: {}, sources: [], isFinished: false };
  // The plan has the sentence for a run that is not there.
  if (!isRunFolder(folder)) return nothing;
  const { command, finished } = readRunCard(folder);
  if (command[0] !== 'train') return { ...nothing, isFinished: finished };
  const { flags, positionals } = parseArguments('train', command.slice(1));
  return { flags, sources: positionals, isFinished: finished };
}

/** Steps beyond those of the checkpoint: none where the number is said again that the run was broken off before. */
function moreSteps({ steps }: FlagValues, begun: Begun): number | undefined {
  return !begun.isFinished && steps === begun.flags.steps ? undefined : steps;
}
