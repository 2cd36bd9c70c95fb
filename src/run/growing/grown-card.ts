// The card of a run that has grown: the old run's, with what the new images brought.
import type { ValueRanges } from '../../data/decoding/depth.js';
import { outsideOf } from '../../methods/found-kinds.js';
import { type Growth, isDrifted } from '../../methods/growing/grow.js';
import { engineVersion } from '../../methods/methods.js';
import type { Kind } from '../files/artefacts.js';
import { RUN_FORMAT, type RunCard } from '../files/card.js';
import { describeMachine, VERSION } from '../files/machine.js';
import { fingerprint, framingOf, locationsOf } from '../images/read-images.js';
import type { GrownRun, GrowRequest } from './old-run.js';

/** Not finished yet, and without times. */
export async function grownCard(
  { old: { card }, growth, kinds, images, assignment, parts, passedOver }: GrownRun,
  request: GrowRequest,
  { tag, threads, startedAt }: Pick<RunCard, 'tag' | 'threads' | 'startedAt'>,
): Promise<RunCard> {
  const added = parts.filter(({ part }) => part.prefix !== '' && !isOldPart(card, part.prefix));
  const polarities = new Set(parts.map(({ part }) => part.polarity));
  const framing = framingOf(card);
  const ranges: ValueRanges = Object.assign({}, ...parts.map((part) => part.ranges));
  return {
    ...card,
    format: RUN_FORMAT,
    version: VERSION,
    command: [...request.command],
    finished: false,
    tag,
    options: { ...card.options, threads },
    tensorboardEmbedding: false,
    data: {
      name: [card.data.name, ...added.map(({ pictures }) => pictures.name)].join(' + '),
      location: null,
      locations: [...locationsOf(card), ...added.flatMap(({ part }) => part.locations)],
      sha256: fingerprint(images.data),
      count: images.count,
      skipped: images.skipped.length,
      passedOver: passedOver.length,
      height: images.height,
      width: images.width,
      channels: images.channels,
      test: null,
    },
    // Where a dataset had to be turned, each picture is turned by its own ground.
    framing:
      card.framing === null && polarities.size === 1
        ? null
        : { ...framing, ranges, polarity: polarities.size === 1 ? framing.polarity : 'each' },
    grownFrom: {
      tag: card.tag,
      folder: request.run,
      sha256: card.data.sha256,
      images: card.data.count,
      parts: parts.map(({ part }) => part),
    },
    growth: describeGrowth(growth, kinds, card.k),
    threads,
    machine: describeMachine(await engineVersion()),
    startedAt,
    seconds: { total: 0 },
    peakBytes: 0,
    k: growth.k,
    clusterSizes: kinds.map(({ size }) => size),
    outside: outsideOf(assignment),
    numberOfKinds: [],
    findings: null,
    stability: kinds.some(({ stability }) => stability === null)
      ? null
      : kinds.map(({ stability }) => stability ?? 0),
    kin: card.kin && {
      ...card.kin,
      networks: card.kin.networks.state === 'pending' ? { state: 'none' } : card.kin.networks,
      mostConfused: [...card.kin.mostConfused, ...growth.newKinds.map(() => null)],
    },
    clusteringInertia: null,
    // No label is read.
    metrics: null,
  };
}

function isOldPart({ grownFrom }: RunCard, prefix: string): boolean {
  return grownFrom?.parts.some((part) => part.prefix === prefix) ?? false;
}

function describeGrowth(
  { assignment, newKinds, changes }: Growth,
  kinds: readonly Kind[],
  oldKinds: number,
): NonNullable<RunCard['growth']> {
  const count = (holds: (cluster: number) => boolean) => assignment.filter(holds).length;
  return {
    images: assignment.length,
    known: count((cluster) => cluster >= 0 && cluster < oldKinds),
    inNewKinds: count((cluster) => cluster >= oldKinds),
    outside: count((cluster) => cluster < 0),
    newKinds: newKinds.map(({ cluster, stability }) => {
      const { name, size } = kinds[cluster];
      return { cluster, name, images: size, stability };
    }),
    changes: changes.map((change) => ({
      cluster: change.cluster,
      added: change.added,
      effect: change.drift?.effect ?? null,
      deviations: change.drift?.deviations ?? null,
      apart: change.apart,
      isDrifted: isDrifted(change),
    })),
  };
}
