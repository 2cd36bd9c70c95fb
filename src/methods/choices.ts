// What a person chose of a method, and whether the choices can stand together; what is left open takes its default (defaults.ts).
import { InputError, option, words } from '../core/errors.js';
import type {
  ClusteringOptions,
  MethodName,
  NetworkOptions,
  QualityName,
  TrainingOptions,
} from './options.js';

/** What a person chose about a method. What is left out takes its default, as `kindred train --help` names it. */
export interface MethodOptionChoices {
  /** Left out: kin, or the auto-encoder beside a choice that kin does not have. */
  readonly method?: MethodName;
  /** Of every random choice, from 0 to 2³² − 1; the same seed gives the same bytes. */
  readonly seed?: number;
  /** Cores to use (default: all; at most 8 where something is trained). A part of the result, since sums are taken in another order. */
  readonly threads?: number;
  /** Of the auto-encoder. */
  readonly network?: Partial<NetworkOptions>;
  /** Of the auto-encoder. */
  readonly training?: Partial<TrainingOptions>;
  readonly clustering?: Partial<ClusteringOptions>;
  /** How far kin goes: `fast` stops at the graph, `default` trains networks, `best` wide ones. */
  readonly quality?: QualityName;
  /** Passes of kin's networks with crossed targets. */
  readonly networkEpochs?: number;
}

/** The fields of a record that are given: an undefined one must not hide a default. */
export function given<T extends object>(fields: T | undefined): Partial<T> {
  const entries = Object.entries(fields ?? {}).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Partial<T>;
}

export function methodOf(choices: MethodOptionChoices): MethodName {
  return choices.method ?? (classicChoices(choices).length === 0 ? 'kin' : 'autoencoder');
}

/** Names of choices that a part of the options holds; what is off, or no number, is none. */
function chosen(part: object | undefined): string[] {
  return Object.entries(part ?? {})
    .filter(([, value]) => value !== undefined && value !== null && value !== false)
    .map(([name]) => name);
}

function networkChoices({ network, training }: MethodOptionChoices): string[] {
  return [...chosen(network), ...chosen(training)];
}

/** Choices that kin has no use for. */
function classicChoices(choices: MethodOptionChoices): string[] {
  const clustering = chosen(choices.clustering).filter((name) => name !== 'numClusters');
  return [...networkChoices(choices), ...clustering];
}

/** Throws an InputError for choices that cannot stand together. */
export function requireConsistent(choices: MethodOptionChoices): void {
  const { quality, networkEpochs, network, clustering } = choices;
  const method = methodOf(choices);
  const named = words`${option('method')} ${method}`;
  const [forNetwork] = networkChoices(choices);
  const [classic] = classicChoices(choices);
  const [forKin] = chosen({ quality, networkEpochs });
  if (method === 'kmeans' && forNetwork !== undefined) {
    throw new InputError(
      words`${option(forNetwork)} is about a network and ${named} has none. Leave one of them out.`,
    );
  }
  if (method === 'kin' && classic !== undefined) {
    throw new InputError(
      words`${option(classic)} is for the auto-encoder and ${named} has no use for it. Leave one of them out.`,
    );
  }
  if (method !== 'kin' && forKin !== undefined) {
    throw new InputError(
      words`${option(forKin)} is about kin and not about ${named}. Leave one of them out.`,
    );
  }
  if (quality === 'fast' && networkEpochs !== undefined) {
    throw new InputError(
      words`${option('networkEpochs')} is about networks and ${option('quality')} fast has none. Leave one of them out.`,
    );
  }
  if (method !== 'kin' && clustering?.numClusters === null) {
    throw new InputError(
      words`${option('numClusters')} auto is for kin: ${named} has to be told. Choose a whole number.`,
    );
  }
  for (const dense of ['hidden', 'tied'] as const) {
    if (!network?.convolution || !chosen(network).includes(dense)) continue;
    throw new InputError(
      words`${option(dense)} is for dense layers and ${option('convolution')} has its own. Leave one of them out.`,
    );
  }
}
