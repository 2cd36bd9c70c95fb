// What settles the images that stand between kinds, if anything can: networks of the pixels where kin looked at the images
// itself, heads on the vectors where an encoder did. Vectors that a person brought are compared as they are, and the
// graph has the last word on them.
import type { TrustedImages } from '../../cluster/judging/trust.js';
import type { KinMethodOptions } from '../options.js';
import type { Corrections } from './corrections.js';
import { type CrossFitContext, crossFit } from './cross-fit.js';
import { LEAST_FOR_HEADS, trainHeads } from './heads.js';
import { whyHeadsRefused } from './heads-gate.js';
import { imagePlan } from './image-learner.js';
import { writeHeadClassifier, writeNetworkClassifier } from './kin-classifier.js';
import { type KinGraph, knownReferences, knownRows, type Settled } from './results.js';

/** Fewer pictures than this show no kinds by their neighbourhoods. */
export const LEAST_PICTURES = 40;

/** Why nothing will settle these kinds, of whose images the share `clear` stands clearly in one; null where nothing speaks against it yet. */
export function whyNotSettled(
  { features, forHeads, kinds, images }: KinGraph,
  clear: number,
  { kin }: KinMethodOptions,
): string | null {
  if (features === null && forHeads === null) {
    return 'the vectors were given, and are compared as they are';
  }
  const who = features === null ? 'heads' : 'networks';
  if (kinds.k < 2) return `there is one kind, and ${who} learn to tell kinds apart`;
  const least = features === null ? LEAST_FOR_HEADS : LEAST_PICTURES;
  if (images.count < least) {
    return `${images.count} different pictures are too few for ${who}, which need ${least}`;
  }
  // Networks of pixels would learn the graph's mistakes where too few images stand clearly in one kind.
  if (features === null || clear >= kin.leastTrusted) return null;
  const percent = (part: number) => `${Math.round(part * 100)} %`;
  return `only ${percent(clear)} of the images stand clearly in one kind, and networks need ${percent(kin.leastTrusted)}`;
}

/** Trains what settles these kinds. Throws an InterruptedError when the signal aborts. */
export async function settle(
  found: KinGraph,
  trust: TrustedImages,
  corrections: Corrections | null,
  options: KinMethodOptions,
  context: CrossFitContext,
): Promise<Settled> {
  return found.features === null
    ? settleByHeads(found, trust, corrections, options, context)
    : settleByNetworks(found, trust, corrections, options, context);
}

async function settleByNetworks(
  found: KinGraph,
  { trusted, flagged }: TrustedImages,
  corrections: Corrections | null,
  options: KinMethodOptions,
  context: CrossFitContext,
): Promise<Settled> {
  const { images, features, graph, kinds } = found;
  const { kin, seed, threads } = options;
  if (kin.widths === null || features === null) throw new Error(`quality ${kin.quality} has no networks`);
  const { assignment, k } = kinds;
  const views = features.views.map(({ pixels }) => pixels);
  const plan = imagePlan(views, { count: images.count, widths: kin.widths, k });
  const known = { assignment, trusted, quarantined: flagged, words: corrections };
  const { probabilities, networks } = await crossFit(
    { ...kin, ...known, plan, k, graph, seed, threads },
    context,
  );
  const trained = networks.map((network) => ({ ...network, shape: plan.shape }));
  return {
    who: 'networks',
    probabilities,
    whyRefused: () => null,
    async writeClassifier(temperature) {
      const references = await knownReferences(found, options, context);
      return writeNetworkClassifier(images, { features, references, networks: trained, temperature });
    },
  };
}

async function settleByHeads(
  found: KinGraph,
  { vote }: TrustedImages,
  words: Corrections | null,
  options: KinMethodOptions,
  context: CrossFitContext,
): Promise<Settled> {
  const { forHeads, views, graph, kinds } = found;
  const { seed, threads } = options;
  if (forHeads === null) throw new Error('heads need the vectors of an encoder');
  const { assignment, k } = kinds;
  const { inputs } = forHeads;
  const trained = await trainHeads({ inputs, k, assignment, vote, words, graph, seed, threads }, context);
  const { heads, probabilities, agreement } = trained;
  return {
    who: 'heads',
    probabilities,
    whyRefused: (after) => whyHeadsRefused({ before: assignment, after, k, agreement }),
    async writeClassifier(temperature) {
      const known = await knownRows(found, options, context);
      return writeHeadClassifier(forHeads, { views, known, heads, temperature });
    },
  };
}
