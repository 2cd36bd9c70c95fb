// The flags of `kindred train` → what the library is asked for; combinations that contradict themselves end here.
import { InputError } from '../../core/errors.js';
import { completeOptions, type MethodOptionChoices } from '../../methods/defaults.js';
import type { MethodName } from '../../methods/options.js';
import { isRunFolder, readRunCard } from '../../run/files/card.js';
import { checkTag, folderToResume } from '../../run/files/folder.js';
import type { VectorChoice } from '../../run/images/vectors.js';
import { completeRequest, type TrainRequest } from '../../run/writing/plan.js';
import { type CommandContext, parseArguments } from '../flags/arguments.js';
import { shown } from '../flags/flag-values.js';
import { FLAG_NAMES, FLAGS, type FlagName, type FlagValues } from '../flags/flags.js';
import { framingWishes, readingLimits } from '../flags/reading-choices.js';

/** What may be said anew beside --resume; all else stays as the run began. */
const BESIDE_RESUME: readonly FlagName[] = ['resume', 'tag', 'log-dir', 'json', 'threads'];
const KIN_FLAGS: readonly FlagName[] = ['quality', 'network-epochs'];
const NETWORK_FLAGS: readonly FlagName[] = [
  'convolution',
  'hidden',
  'tied',
  'encoding-size',
  'optimizer',
  'learning-rate',
  'warm-up-steps',
  'steps',
  'batch-size',
];
/** What only the methods that cluster codes with K-means have. */
const CLUSTERING_FLAGS: readonly FlagName[] = ['distance', 'mini-batch', 'restarts'];

/** Throws an InputError for flags that cannot stand together. */
export function trainRequest({ flags, positionals, argv }: CommandContext): TrainRequest {
  const sources = positionals;
  const [source] = sources;
  const begun = checkResume(flags, sources);
  if (begun === null) checkMethod(flags);
  if (source !== undefined && flags['data-dir'] !== undefined) {
    throw new InputError(
      `SOURCE ${shown(source)} and --data-dir ${shown(flags['data-dir'])} both name images. Give one of them.`,
    );
  }
  const { tag, 'log-dir': logDir = 'runs' } = flags;
  if (tag !== undefined) checkTag(tag);
  const options = methodOptions(
    begun === null ? flags : { threads: flags.threads, steps: moreSteps(flags, begun) },
  );
  if (!flags.resume) checkThreads(options);
  return completeRequest({
    sources: begun === null ? sources : [],
    dataDir: flags['data-dir'],
    logDir,
    tag,
    framing: framingWishes(flags),
    limits: readingLimits(flags),
    strict: flags.strict,
    vectors: vectorChoice(flags),
    labelsFrom: flags['labels-from'],
    resume: flags.resume,
    overwrite: flags.overwrite,
    tensorboardEmbedding: flags['tb-embedding'],
    command: argv,
    options,
  });
}

/** Throws an InputError where both, or neither kin nor them, would have to be. */
function vectorChoice(flags: FlagValues): VectorChoice | null {
  const { encoder, features } = flags;
  if (encoder === undefined && features === undefined) return null;
  const name = encoder === undefined ? 'features' : 'encoder';
  if (encoder !== undefined && features !== undefined) {
    throw new InputError('--encoder and --features both bring vectors. Leave one of them out.');
  }
  if (methodOf(flags) !== 'kin') {
    throw new InputError(
      `--${name} is about kin and not about --method ${methodOf(flags)}. Leave one of them out.`,
    );
  }
  return { kind: name, path: (encoder ?? features) as string };
}

/** Only what was given: the defaults are the library's. */
function methodOptions(flags: FlagValues): MethodOptionChoices {
  return {
    ...given({
      seed: flags.seed,
      threads: flags.threads,
      quality: flags.quality,
      networkEpochs: flags['network-epochs'],
    }),
    method: methodOf(flags),
    network: given({
      convolution: flags.convolution,
      hidden: flags.hidden,
      encodingSize: flags['encoding-size'],
      tied: flags.tied,
    }),
    training: given({
      optimizer: flags.optimizer,
      learningRate: flags['learning-rate'],
      warmUpSteps: flags['warm-up-steps'],
      steps: flags.steps,
      batchSize: flags['batch-size'],
    }),
    clustering: given({
      numClusters: numClustersOf(flags),
      distance: flags.distance,
      miniBatch: flags['mini-batch'],
      restarts: flags.restarts,
    }),
  };
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
  const { resume, overwrite = false, tag } = flags;
  requireTagToOverwrite(overwrite, tag);
  if (!resume) return null;
  if (overwrite) {
    throw new InputError(
      '--resume goes on with a run and --overwrite throws it away. Leave one of them out.',
    );
  }
  if (tag === undefined) throw new InputError('--resume got no --tag to say which run. Add --tag NAME.');
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

/** Throws an InputError unless it is said which run is to be replaced. */
export function requireTagToOverwrite(overwrite: boolean, tag: string | undefined): void {
  if (!overwrite || tag !== undefined) return;
  throw new InputError(
    '--overwrite got no --tag to say which run. Add --tag NAME, or leave --overwrite out.',
  );
}

/** The method that was named; else the auto-encoder where a flag asks for what kin does not have; else kin. */
function methodOf(flags: FlagValues): MethodName {
  return flags.method ?? (classicFlag(flags) === undefined ? 'kin' : 'autoencoder');
}

function numClustersOf(flags: FlagValues): number | undefined {
  const numClusters = flags['num-clusters'];
  return numClusters === 'auto' ? undefined : numClusters;
}

/** A flag that kin has no use for; off is no use either. */
function classicFlag(flags: FlagValues): FlagName | undefined {
  return [...NETWORK_FLAGS, ...CLUSTERING_FLAGS].find(
    (name) => flags[name] !== undefined && flags[name] !== false,
  );
}

function checkMethod(flags: FlagValues): void {
  const { convolution, hidden, tied } = flags;
  const method = methodOf(flags);
  const useless = NETWORK_FLAGS.find((name) => flags[name] !== undefined && flags[name] !== false);
  const classic = classicFlag(flags);
  if (method === 'kmeans' && useless !== undefined) {
    throw new InputError(
      `--${useless} is about a network and --method kmeans has none. Leave one of them out.`,
    );
  }
  if (method === 'kin' && classic !== undefined) {
    throw new InputError(
      `--${classic} is for the auto-encoder and --method kin has no use for it. Leave one of them out.`,
    );
  }
  const aboutKin = KIN_FLAGS.find((name) => flags[name] !== undefined);
  if (method !== 'kin' && aboutKin !== undefined) {
    throw new InputError(
      `--${aboutKin} is about kin and not about --method ${method}. Leave one of them out.`,
    );
  }
  if (flags.quality === 'fast' && flags['network-epochs'] !== undefined) {
    throw new InputError(
      '--network-epochs is about networks and --quality fast has none. Leave one of them out.',
    );
  }
  if (method !== 'kin' && flags['num-clusters'] === 'auto') {
    throw new InputError(
      `--num-clusters auto is for kin: --method ${method} has to be told. Choose a whole number.`,
    );
  }
  if (convolution && hidden !== undefined) {
    throw new InputError(
      '--hidden is for dense layers and --convolution has its own. Leave one of them out.',
    );
  }
  if (convolution && tied) {
    throw new InputError('--tied is for dense layers and not for --convolution. Leave one of them out.');
  }
}

function checkThreads(choices: MethodOptionChoices): void {
  const { method, threads, training } = completeOptions(choices);
  if (method !== 'autoencoder' || threads <= training.batchSize) return;
  throw new InputError(
    `--threads is ${threads} but --batch-size is ${training.batchSize}, so that a thread would have no image. Choose ${training.batchSize} threads or fewer.`,
  );
}

/** The fields that were given: an absent one must not hide its default. */
function given<T extends Readonly<Record<string, unknown>>>(fields: T): Partial<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>;
}
