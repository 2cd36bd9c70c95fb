// What each option takes, once: the library checks by it what a program gives, and the command line's flags are made of it.
import { closest } from '../core/closest.js';
import { InputError, option, words } from '../core/errors.js';
import { isOf, shownValue, type Value, wanted } from '../core/values.js';
import { COLORS, CROPS, POLARITIES } from '../data/framing/framing.js';
import { LABEL_PLACES } from '../data/source.js';
import { FORMATS, LINKS } from '../export/choices.js';
import { DISTANCES, METHODS, OPTIMIZERS, QUALITIES } from '../methods/options.js';

/** Values by the option's name; options that stand in one have a record of their own. */
export interface Choices {
  readonly [name: string]: Value | Choices;
}

export function isValue(choice: Value | Choices): choice is Value {
  return 'kind' in choice;
}

const text = { kind: 'string' } as const;
const onOff = { kind: 'boolean' } as const;
const callback = { kind: 'function' } as const;
const many = { kind: 'integer', maximum: 10_000_000 } as const;
const seed = { kind: 'integer', minimum: 0, maximum: 2 ** 32 - 1 } as const;
const threads = { kind: 'integer', maximum: 256 } as const;
const quality = { kind: 'string', choices: QUALITIES } as const;
const labelsFrom = { kind: 'string', choices: LABEL_PLACES } as const;
const numClusters = { ...many, minimum: 2, orNull: true } as const;

const WATCHING = { signal: { kind: 'signal' }, onProgress: callback, onNotice: callback } as const;
const PLACE = { logDir: text, tag: text, overwrite: onOff } as const;
const READING = {
  size: { kind: 'integer', minimum: 4, maximum: 1024 },
  color: { kind: 'string', choices: COLORS },
  polarity: { kind: 'string', choices: POLARITIES },
  framing: { kind: 'string', choices: CROPS },
  limits: {
    pixels: { kind: 'integer', maximum: 1e10 },
    fileBytes: { kind: 'integer', maximum: 1e11 },
    expansion: { kind: 'integer', maximum: 1_000_000 },
    exclude: { kind: 'texts' },
  },
} as const;

/** By the call that takes them. */
export const CHOICES = {
  train: {
    ...WATCHING,
    ...READING,
    ...PLACE,
    method: { kind: 'string', choices: METHODS },
    quality,
    networkEpochs: { kind: 'integer', maximum: 1000 },
    seed,
    threads,
    numClusters,
    resume: onOff,
    encoder: text,
    features: text,
    strict: onOff,
    labelsFrom,
    tensorboardEmbedding: onOff,
    network: {
      convolution: onOff,
      hidden: { kind: 'list', maximum: 16_384, longest: 16 },
      encodingSize: { kind: 'integer', maximum: 4096 },
      tied: onOff,
    },
    training: {
      optimizer: { kind: 'string', choices: OPTIMIZERS },
      learningRate: { kind: 'number', above: 0, maximum: 100 },
      warmUpSteps: { ...many, minimum: 0 },
      steps: many,
      batchSize: { kind: 'integer', maximum: 65_536 },
    },
    clustering: {
      numClusters,
      distance: { kind: 'string', choices: DISTANCES },
      whiten: onOff,
      miniBatch: { ...many, orNull: true },
      restarts: { kind: 'integer', maximum: 1000 },
    },
  },
  predict: { ...WATCHING, ...READING, threads },
  evaluate: { ...WATCHING, limits: READING.limits, labelsFrom },
  refine: { ...WATCHING, ...PLACE, quality, seed, threads },
  grow: { ...WATCHING, ...PLACE, ...READING, strict: onOff, threads },
  export: {
    ...WATCHING,
    format: { kind: 'string', choices: FORMATS },
    out: text,
    overwrite: onOff,
    link: { kind: 'string', choices: LINKS },
    imageRoot: text,
  },
} as const;

/** Throws an InputError for an option that `call`, or its option `group`, does not have, or a value that one does not take. */
export function checkOptions<Options extends object>(
  call: string,
  options: Options,
  choices: { readonly [Name in keyof Required<Options>]: Value | Choices },
  group = '',
): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    const name = group || `options of ${call}`;
    throw new InputError(`The ${name} are ${shownValue(options)}: give an object, or leave them out.`);
  }
  const known: Choices = choices;
  for (const [name, given] of Object.entries(options)) {
    if (given === undefined) continue;
    if (!Object.hasOwn(known, name)) {
      const near = closest(name, Object.keys(known));
      const remedy = near === null ? `Choose of ${Object.keys(known).join(', ')}.` : `Did you mean ${near}?`;
      throw new InputError(`${group && `${group}.`}${name} is no option of ${call}. ${remedy}`);
    }
    const choice = known[name];
    if (!isValue(choice)) checkOptions(call, given, choice, name);
    else if (!isOf(choice, given)) {
      // As the other messages name options: those of a group by their own name, but for the limits.
      const named = option(group === 'limits' ? `limits.${name}` : name);
      throw new InputError(words`${named} is ${shownValue(given)}. Choose ${wanted(choice)}.`);
    }
  }
}
