// The flags of `kindred train` → what the library is asked for; combinations that contradict themselves end here.
import { InputError } from '../core/errors.js';
import { completeOptions, type MethodOptionChoices } from '../methods/defaults.js';
import type { MethodName } from '../methods/options.js';
import { checkTag } from '../run/folder.js';
import type { TrainRequest } from '../run/plan.js';
import type { VectorChoice } from '../run/vectors.js';
import type { CommandContext } from './arguments.js';
import { shown } from './flag-values.js';
import { FLAG_NAMES, type FlagName, type FlagValues } from './flags.js';
import { framingWishes, readingLimits } from './reading-choices.js';

/** All that may stand beside --resume: everything else is what the run began with. */
const BESIDE_RESUME: readonly FlagName[] = ['resume', 'steps', 'tag', 'log-dir', 'json', 'threads'];
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
  checkResume(flags, source);
  checkMethod(flags);
  if (source !== undefined && flags['data-dir'] !== undefined) {
    throw new InputError(
      `SOURCE ${shown(source)} and --data-dir ${shown(flags['data-dir'])} both name images. Give one of them.`,
    );
  }
  const { tag, 'log-dir': logDir = 'runs' } = flags;
  if (tag !== undefined) checkTag(tag);
  const options = methodOptions(flags);
  if (!flags.resume) checkThreads(options);
  return {
    sources,
    dataDir: flags['data-dir'] ?? null,
    logDir,
    tag: tag ?? null,
    framing: framingWishes(flags),
    limits: readingLimits(flags),
    strict: flags.strict ?? false,
    vectors: vectorChoice(flags),
    labelsFrom: flags['labels-from'] ?? 'source',
    resume: flags.resume ?? false,
    overwrite: flags.overwrite ?? false,
    tensorboardEmbedding: flags['tb-embedding'] ?? false,
    refinement: null,
    command: argv,
    options,
  };
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
    ...given({ seed: flags.seed, threads: flags.threads, quality: flags.quality }),
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

function checkResume(flags: FlagValues, source: string | undefined): void {
  const { resume, overwrite = false, tag } = flags;
  requireTagToOverwrite(overwrite, tag);
  if (!resume) return;
  if (overwrite) {
    throw new InputError(
      '--resume goes on with a run and --overwrite throws it away. Leave one of them out.',
    );
  }
  if (tag === undefined) throw new InputError('--resume got no --tag to say which run. Add --tag NAME.');
  if (source !== undefined) {
    throw new InputError(`--resume goes on with the run's own images. Leave ${shown(source)} out.`);
  }
  const changed = FLAG_NAMES.find((name) => flags[name] !== undefined && !BESIDE_RESUME.includes(name));
  if (changed !== undefined) {
    throw new InputError(
      `--resume goes on as the run began, so --${changed} cannot change. Leave it out, or start another run with another --tag.`,
    );
  }
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
  if (method !== 'kin' && flags.quality !== undefined) {
    throw new InputError(`--quality is about kin and not about --method ${method}. Leave one of them out.`);
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
