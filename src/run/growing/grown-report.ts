// What the report of a grown run shows: its kinds as any run's, and what the new images brought.
import { distancesToMean } from '../../methods/found-kinds.js';
import { isDrifted } from '../../methods/growing/grow.js';
import type { RunCard } from '../files/card.js';
import { reportKinds } from '../report/examples.js';
import type { ReportDrift, ReportGrowth, ReportInput } from '../report/input.js';
import type { GrownRun } from './old-run.js';

/** Images of a kind that the page may show. */
const EXAMPLES = 48;

export function growthReportInput(run: GrownRun, card: RunCard): ReportInput {
  const { kinds, images, codes, assignment, confidence } = run;
  const distance = distancesToMean(codes, assignment, card.k);
  return {
    card,
    images: { ...images, isNegative: card.framing?.polarity === 'invert' },
    kinds: reportKinds(kinds, { assignment, confidence, distance }, card.kin?.mostConfused ?? []),
    findings: { duplicates: [], outliers: [], mixedKinds: [] },
    growth: growthOf(run),
    confusion: null,
    curves: null,
    reconstructions: null,
  };
}

function growthOf({ growth, kinds, codes, assignment, old }: GrownRun): ReportGrowth {
  const oldCount = old.assignments.ids.length;
  // Old and new images of a kind each have a middle of their own: numbers k … 2 k − 1 are the new ones'.
  const { k } = growth;
  const sides = assignment.map((cluster, image) => (cluster < 0 || image < oldCount ? cluster : k + cluster));
  const distance = distancesToMean(codes, sides, 2 * k);
  const typical = (side: number) =>
    Array.from(sides.keys())
      .filter((image) => sides[image] === side)
      .sort((a, b) => distance[a] - distance[b] || a - b)
      .slice(0, EXAMPLES);
  return {
    newKinds: growth.newKinds.map(({ cluster, stability }) => {
      const { name, size } = kinds[cluster];
      return { name, size, stability, typical: typical(k + cluster) };
    }),
    drifted: growth.changes.filter(isDrifted).map(
      ({ cluster, added, drift, apart }): ReportDrift => ({
        name: kinds[cluster].name,
        added,
        effect: drift?.effect ?? null,
        apart,
        before: typical(cluster),
        now: typical(k + cluster),
      }),
    ),
    outside: Array.from(assignment.keys()).filter((image) => image >= oldCount && assignment[image] < 0),
  };
}
