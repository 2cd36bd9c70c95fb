// Every flag of every command, once: the parser, the help, README's table and the tests all read this.
import { CHOICES } from '../../api/choices.js';
import type { Value } from '../../core/values.js';
import { CROPS, POLARITIES } from '../../data/framing/framing.js';
import type { CommandName } from '../commands.js';

interface FlagText {
  /** Train alone where left out. */
  readonly commands?: readonly CommandName[];
  /** What stands for the value in the help, where it is not the kind's own: `DIR`. */
  readonly placeholder?: string;
  /** The value without the flag, in words. */
  readonly default: string;
  readonly help: string;
}

export type Flag = FlagText &
  Exclude<Value, { kind: 'function' | 'signal' }> & {
    /** A word that may stand for the number. */
    readonly orWord?: string;
  };

const train = ['train'] as const;
const reading = ['train', 'predict', 'eval', 'grow'] as const;

function onOff(commands: readonly CommandName[], help: string) {
  return { kind: 'boolean', commands, default: 'false', help } as const;
}

/** Flags by name, in the order of the help. */
export const FLAGS = {
  method: {
    ...CHOICES.train.method,
    default: 'kin; autoencoder beside a flag that kin does not have',
    help: 'kin: neighbour graph, then networks; autoencoder: learn a code, then K-means on the codes; kmeans: K-means on the pixels themselves',
  },
  quality: {
    ...CHOICES.train.quality,
    commands: ['train', 'refine', 'bench'],
    default: 'default; refine: as the run',
    help: 'how far kin goes: fast stops at the graph, default trains networks, best trains wide ones',
  },
  'network-epochs': {
    ...CHOICES.train.networkEpochs,
    default: '8',
    help: "passes of kin's networks over the dataset, each taught by the other, after two in which the graph teaches them: fewer take less time and are less sure",
  },
  'data-dir': {
    kind: 'string',
    placeholder: 'DIR',
    default: 'the bundled MNIST',
    help: 'directory to store MNIST data: its four IDX files are used; an empty or missing one is filled with the bundled MNIST first',
  },
  encoder: {
    ...CHOICES.train.encoder,
    placeholder: 'NAME',
    default: 'auto: a look at the pictures decides between none and photo',
    help: 'what kin compares pictures by: auto, none: their outlines, photo: what they show, through the encoder in the package, or the path of another ONNX image encoder, whose preprocessor_config.json beside it is heeded',
  },
  features: {
    ...CHOICES.train.features,
    placeholder: 'FILE',
    default: "kin's own features",
    help: '.npy, .npz or .parquet with a row of numbers an image, which kin compares as they are',
  },
  size: {
    ...CHOICES.train.size,
    orWord: 'auto',
    default: 'auto: as they are where all are alike and small, else 28 in grey and 64 in colour',
    help: 'rows and columns that every picture is brought to',
  },
  color: {
    ...CHOICES.train.color,
    default: 'auto: colour where more than a tenth of the pictures have some',
    help: 'gray, rgb or auto; kin compares shapes in grey either way',
  },
  polarity: {
    kind: 'string',
    choices: ['auto', ...POLARITIES],
    commands: reading,
    default: 'auto: dark ground for all, where the grounds are plain',
    help: 'keep the brightness, invert it, or invert each picture whose own ground is light',
  },
  framing: {
    kind: 'string',
    choices: ['auto', ...CROPS],
    commands: reading,
    default:
      'auto: content where sizes or places differ on a plain ground; predict, eval and grow as the run was made',
    help: 'whole pictures, or cut to their content and centred by mass as MNIST was',
  },
  'labels-from': {
    ...CHOICES.train.labelsFrom,
    commands: ['train', 'eval'],
    default: 'source',
    help: 'where labels for scoring are: in or beside the source, or the names of the folders around the pictures',
  },
  exclude: {
    ...CHOICES.train.limits.exclude,
    commands: reading,
    default: 'nothing is left out',
    help: 'leave out files and folders: thumbs or *_mask.png by name, raw/** by path; may be given several times',
  },
  strict: onOff(reading, 'end where a picture cannot be read, instead of skipping it'),
  'max-megapixels': {
    kind: 'integer',
    maximum: 10_000,
    commands: reading,
    default: '64',
    help: 'largest picture that is read',
  },
  'max-file-mb': {
    kind: 'integer',
    maximum: 100_000,
    commands: reading,
    default: '256',
    help: 'largest image file that is unpacked from an archive',
  },
  'max-expansion': {
    ...CHOICES.train.limits.expansion,
    commands: reading,
    default: '200',
    help: 'times its own size that an archive may unpack to (from 1 GB on)',
  },
  'log-dir': {
    ...CHOICES.train.logDir,
    commands: ['train', 'grow', 'refine', 'studio', 'runs', 'bench'],
    placeholder: 'DIR',
    default: 'runs; refine and studio: where RUN lies',
    help: 'directory that holds the run folders',
  },
  tag: {
    ...CHOICES.train.tag,
    commands: ['train', 'grow', 'refine'],
    default: 'the next free METHOD-N, or grow-N',
    help: 'name of the run, and of its folder in the log directory',
  },
  'tb-embedding': onOff(train, "write the codes with thumbnails for TensorBoard's projector"),
  'learning-rate': {
    ...CHOICES.train.training.learningRate,
    default: '0.05 with adagrad, 0.001 with adam, 0.1 with sgd',
    help: 'rate at which the auto-encoder learns',
  },
  'warm-up-steps': {
    ...CHOICES.train.training.warmUpSteps,
    default: '100',
    help: 'first steps, over which the learning rate rises from 0',
  },
  'encoding-size': {
    ...CHOICES.train.network.encodingSize,
    default: '64',
    help: 'length of the code that the auto-encoder makes of an image',
  },
  steps: {
    ...CHOICES.train.training.steps,
    default: '2000',
    help: 'training steps; beside --resume, how many more',
  },
  'num-clusters': {
    ...CHOICES.train.numClusters,
    orWord: 'auto',
    commands: ['train', 'bench'],
    default: 'auto with kin, else 10',
    help: 'kinds to find, from 2 to the number of images; auto (kin only) lets the images decide',
  },
  convolution: onOff(train, 'convolutions in encoder and decoder'),
  hidden: {
    ...CHOICES.train.network.hidden,
    default: 'none',
    help: 'widths of dense layers before the code, such as 500,500,2000',
  },
  optimizer: {
    ...CHOICES.train.training.optimizer,
    default: 'adagrad',
    help: 'how the weights follow the gradient: adagrad, adam or sgd',
  },
  tied: onOff(train, "the decoder uses the encoder's weights, transposed"),
  'batch-size': {
    ...CHOICES.train.training.batchSize,
    default: '128',
    help: 'images a step, over all threads together',
  },
  seed: {
    ...CHOICES.train.seed,
    commands: ['train', 'refine'],
    default: '0; refine: as the run',
    help: 'seed of every random choice; the same seed gives the same bytes',
  },
  seeds: {
    kind: 'integer',
    maximum: 1000,
    commands: ['bench'],
    default: '5',
    help: 'seeds to run each method with, from 0 on',
  },
  threads: {
    ...CHOICES.train.threads,
    commands: ['train', 'predict', 'grow', 'refine', 'studio', 'bench'],
    default: 'all; in training at most 8; grow, refine: as the run',
    help: 'cores to use; in training a part of the result, since sums are taken in another order',
  },
  distance: {
    ...CHOICES.train.clustering.distance,
    default: 'euclidean',
    help: 'what K-means calls near: euclidean or cosine',
  },
  whiten: onOff(train, 'whiten the codes before K-means: each direction in which they differ counts alike'),
  'mini-batch': {
    ...CHOICES.train.clustering.miniBatch,
    default: 'all images at once',
    help: 'run mini-batch K-means on so many images at a time',
  },
  restarts: {
    ...CHOICES.train.clustering.restarts,
    default: '3',
    help: 'runs of K-means from different seedings; the tightest is kept',
  },
  resume: onOff(train, 'finish the interrupted run called --tag, or train it --steps more'),
  overwrite: onOff(
    ['train', 'grow', 'refine', 'export'],
    'replace what is there already: the run of that name, or what lies where the export goes',
  ),
  to: {
    ...CHOICES.export.format,
    commands: ['export'],
    placeholder: 'FORMAT',
    default: 'none: it must be given',
    help: 'onnx: models with a model card and programs; csv, parquet: a table; coco: JSON; folders: a folder a kind; labelstudio: tasks; html: a page of pictures',
  },
  link: {
    ...CHOICES.export.link,
    commands: ['export'],
    default: 'copy',
    help: 'how --to folders gets the pictures: copy, hard or symbolic links',
  },
  'image-root': {
    ...CHOICES.export.imageRoot,
    commands: ['export'],
    placeholder: 'TEXT',
    default: '/data/local-files/?d=',
    help: "what stands before a picture's path in --to labelstudio",
  },
  host: {
    kind: 'string',
    commands: ['studio'],
    default: '127.0.0.1',
    help: 'address that the studio listens at; any but the loopback lets others in',
  },
  port: {
    kind: 'integer',
    minimum: 0,
    maximum: 65_535,
    commands: ['studio'],
    default: '4777',
    help: 'port that the studio listens at; 0 takes any that is free',
  },
  'no-open': onOff(['studio'], 'print the address and open no browser'),
  format: {
    kind: 'string',
    choices: ['csv', 'json', 'parquet'],
    commands: ['predict'],
    default: 'csv',
    help: 'how to write the predictions: csv, json or parquet',
  },
  skipped: {
    kind: 'string',
    commands: ['predict'],
    placeholder: 'FILE',
    default: 'none: they are counted on the screen',
    help: 'list the pictures that could not be read, and why, as CSV',
  },
  out: {
    kind: 'string',
    commands: ['predict', 'export'],
    placeholder: 'FILE',
    default: 'standard output; export/ in the folder of the run',
    help: 'where to write the predictions, or the export',
  },
  json: onOff(['train', 'eval', 'grow', 'refine', 'runs', 'bench'], 'print JSON instead of the table'),
} as const satisfies Readonly<Record<string, Flag>>;

export type FlagName = keyof typeof FLAGS;
export const FLAG_NAMES = Object.keys(FLAGS) as readonly FlagName[];

type ValueOf<F> = F extends { kind: 'string'; choices: readonly (infer Choice)[] }
  ? Choice
  : F extends { kind: 'string' }
    ? string
    : F extends { kind: 'boolean' }
      ? boolean
      : F extends { kind: 'list' }
        ? readonly number[]
        : F extends { kind: 'texts' }
          ? readonly string[]
          : F extends { kind: 'integer'; orWord: infer Word }
            ? number | Word
            : number;

/** What the person gave, by flag; a flag that was not given is absent. */
export type FlagValues = { readonly [Name in FlagName]?: ValueOf<(typeof FLAGS)[Name]> };

export function isFlagName(name: string): name is FlagName {
  return Object.hasOwn(FLAGS, name);
}

/** What stands for the value in the help, by the flag's kind. */
const PLACEHOLDERS: Readonly<Record<Flag['kind'], string>> = {
  string: 'NAME',
  integer: 'N',
  number: 'X',
  list: 'N,N,…',
  texts: 'GLOB',
  boolean: '',
};

/** `--tag NAME`, `--resume` */
export function spelled(name: FlagName): string {
  const { kind, placeholder = PLACEHOLDERS[kind] } = flagNamed(name);
  return placeholder === '' ? `--${name}` : `--${name} ${placeholder}`;
}

export function flagNamed(name: FlagName): Flag & Required<Pick<Flag, 'commands'>> {
  return { commands: train, ...(FLAGS[name] as Flag) };
}

/** The flags of a command, in the order of the table. */
export function flagsOf(command: CommandName): FlagName[] {
  return FLAG_NAMES.filter((name) => flagNamed(name).commands.includes(command));
}

/** What the command line calls otherwise than the library does. */
const FLAGS_OF_OPTIONS: Readonly<Record<string, string>> = {
  'limits.pixels': '--max-megapixels',
  'limits.fileBytes': '--max-file-mb',
  'limits.expansion': '--max-expansion',
  'limits.exclude': '--exclude',
  tensorboardEmbedding: '--tb-embedding',
  format: '--to',
};

/** `numClusters` → `--num-clusters` */
export function flagOf(option: string): string {
  return (
    FLAGS_OF_OPTIONS[option] ?? `--${option.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
  );
}
