// What TensorBoard shows of kin: how the networks learn and come to agree, what speaks for each number of kinds, and
// what the kinds look like. No label reaches it.
import { type Images, takeImages } from '../../data/source.js';
import { type FoundKinds, outsideOf } from '../../methods/found-kinds.js';
import type { EpochReport } from '../../methods/kin/cross-fit.js';
import type { MethodOptions } from '../../methods/options.js';
import { selectExamples } from '../report/examples.js';
import { createEventWriter } from './event-writer.js';
import { encodeImage, layOutGrid } from './images.js';

export interface KindsLog {
  epoch(report: EpochReport): void;
  /** The graph's kinds before the first epoch, those of the networks after the last. */
  kinds(images: Images, found: FoundKinds): Promise<void>;
  close(outcome?: 'success' | 'failure'): void;
}

/** Kinds that are shown, the first ones: TensorBoard's page has a card for each. */
const MOST_SHOWN = 50;
const COLUMNS = 8;
/** Networks see two views of the images, heads the same vectors, of two halves of the images. */
const CURVES = {
  images: { group: 'networks', curves: ['raw', 'deskewed'] },
  vectors: { group: 'heads', curves: ['first_half', 'second_half'] },
} as const satisfies Record<EpochReport['of'], unknown>;

/** `isResumed`: what an earlier attempt logged is not shown any more, for kin begins again. */
export function createKindsLog(folder: string, options: MethodOptions, isResumed: boolean): KindsLog {
  const writer = createEventWriter(folder, isResumed ? { resumeAtStep: 0 } : {});
  const { method, seed, kin, clustering } = options;
  writer.hyperparameters({
    method,
    seed,
    quality: kin?.quality ?? 'none',
    neighbours: kin?.neighbours ?? 0,
    numClusters: clustering.numClusters,
  });
  let epochs = 0;
  let shownAt = -1;
  return {
    epoch({ of, epoch, losses, kept, agreement }) {
      epochs = epoch + 1;
      const { group, curves } = CURVES[of];
      for (const [network, loss] of losses.entries()) {
        writer.scalar(`${group}/loss/${curves[network]}`, epochs, loss);
      }
      writer.scalar(`${group}/kept`, epochs, kept);
      if (agreement !== null) writer.scalar(`${group}/agreement`, epochs, agreement);
      writer.flush();
    },
    async kinds(images, found) {
      // Without networks the last kinds are the first ones.
      if (shownAt === epochs) return;
      shownAt = epochs;
      const { k, kin: findings, assignment } = found;
      writer.scalar('kinds/number', epochs, k);
      writer.scalar('kinds/in_no_kind', epochs, outsideOf(assignment));
      if (epochs === 0) {
        // Here a step is a number of kinds.
        for (const each of [...(findings?.numberOfKinds ?? [])].sort((a, b) => a.k - b.k)) {
          writer.scalar('number_of_kinds/modularity', each.k, each.modularity);
          writer.scalar('number_of_kinds/gain', each.k, each.gain);
          writer.scalar('number_of_kinds/eigengap', each.k, each.eigengap);
          if (each.stability !== null) writer.scalar('number_of_kinds/stability', each.k, each.stability);
        }
      }
      for (const [kind, examples] of typicalOf(found).entries()) {
        if (examples.length === 0) continue;
        const sheet = layOutGrid(takeImages(images, examples), Math.min(COLUMNS, examples.length));
        writer.image(`kinds/${kind}`, epochs, await encodeImage(sheet));
      }
      writer.flush();
    },
    close: (outcome) => writer.close(outcome),
  };
}

function typicalOf({ assignment, confidence, distances: distance, k }: FoundKinds): (readonly number[])[] {
  const examples = selectExamples({ assignment, confidence, distance }, k);
  return examples.slice(0, MOST_SHOWN).map(({ typical }) => typical);
}
