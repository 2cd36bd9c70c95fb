// What a person chose of a method, and whether the choices can stand together; what is left open takes its default (defaults.ts).
import { InputError, option, type Words, words } from '../core/errors.js';
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
  const [epochs] = chosen({ networkEpochs });
  leaveOneOut(method === 'kmeans', forNetwork, words`is about a network and ${named} has none`);
  const [whiten] = chosen({ whiten: clustering?.whiten });
  leaveOneOut(method === 'kmeans', whiten, words`is about codes and ${named} has none`);
  leaveOneOut(method === 'kin', classic, words`is for the auto-encoder and ${named} has no use for it`);
  leaveOneOut(method !== 'kin', forKin, words`is about kin and not about ${named}`);
  const quick = words`${option('quality')} fast`;
  leaveOneOut(quality === 'fast', epochs, words`is about networks and ${quick} has none`);
  if (method !== 'kin' && clustering?.numClusters === null) {
    throw new InputError(
      words`${option('numClusters')} auto is for kin: ${named} has to be told. Choose a whole number.`,
    );
  }
  const [dense] = chosen({ hidden: network?.hidden, tied: network?.tied });
  const own = words`is for dense layers and ${option('convolution')} has its own`;
  leaveOneOut(network?.convolution === true, dense, own);
}

/** Throws an InputError for a choice that was made where it clashes with another; `why` follows its name. */
function leaveOneOut(clashes: boolean, choice: string | undefined, why: Words): void {
  if (!clashes || choice === undefined) return;
  throw new InputError(words`${option(choice)} ${why}. Leave one of them out.`);
}
