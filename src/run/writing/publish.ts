// Writes a result that is whole in itself: first what depends on the images alone, then what labels say of it, the card last.
import type { PictureSource } from '../../data/pictures.js';
import { equalVectors } from '../../methods/findings/alike-images.js';
import type { FoundKinds } from '../../methods/found-kinds.js';
import { type RunCard, writeRunCard } from '../files/card.js';
import type { CopiedPictures } from '../images/copies.js';
import type { RunData } from '../images/data.js';
import { keepEncoder, type RunVectors } from '../images/vectors.js';
import { writeReport } from '../report/page.js';
import { createEventWriter, hasEvents } from '../tensorboard/event-writer.js';
import type { KindsLog } from '../tensorboard/kinds-log.js';
import { countFindings } from './findings.js';
import type { TrainingOutcome } from './follow.js';
import type { Gathering } from './gather.js';
import type { RunHome } from './home.js';
import { findCopies, reportInput, scoreKinds, writeEmbedding, writeKindsFound } from './results.js';
import type { StageClock } from './stage-clock.js';
import { results } from './train-card.js';

/** What is published of. */
export interface PublishedRun {
  readonly home: RunHome;
  readonly data: RunData;
  readonly vectors: RunVectors | null;
  /** The pictures of the training images, as they were before framing. */
  readonly pictures: PictureSource;
  /** The card without a result. */
  readonly beginning: RunCard;
  /** Null for the methods that have none. */
  readonly kindsLog: KindsLog | null;
}

export type Publish = (found: FoundKinds, training: TrainingOutcome | null) => Promise<RunCard>;

/** May be called for a first result and again for the one that refines it. */
export function createPublisher(
  { home, data, vectors, pictures, beginning, kindsLog }: PublishedRun,
  clock: StageClock,
  { signal, notice }: Pick<Gathering, 'signal' | 'notice'>,
): Publish {
  const context = { signal, report: clock.report };
  const { threads } = beginning;
  let copies: CopiedPictures | null = null;
  return async (found, training) => {
    const { folder } = home;
    writeRunCard(folder, beginning);
    clock.enter('write');
    copies ??= vectors?.description.isSource
      ? { exact: equalVectors(vectors.vectors), near: [], turned: [] }
      : await findCopies(data, found, pictures, beginning, threads, context);
    const findings = writeKindsFound(folder, data.train, found, copies);
    if (beginning.vectors !== null) keepEncoder(folder, beginning.vectors);
    await kindsLog?.kinds(data.train, found);
    // From here on labels may be read: what they cannot change is closed.
    clock.enter('score');
    const scores = await scoreKinds(folder, data, found, beginning, threads, context);
    if (beginning.tensorboardEmbedding) {
      clock.enter('embedding');
      await writeEmbedding(folder, data, found, scores);
      // A folder without events is none that TensorBoard shows.
      if (!hasEvents(folder)) createEventWriter(folder).close();
    }
    if (scores.problem !== null) notice(`labels: not held against the kinds, for ${scores.problem}`);
    const card: RunCard = {
      ...beginning,
      ...results(found, scores, training),
      findings: countFindings(findings),
      finished: true,
      seconds: clock.seconds(),
      peakBytes: process.resourceUsage().maxRSS * 1024,
    };
    await writeReport(folder, reportInput(card, data, found, findings, scores, training));
    writeRunCard(folder, card);
    home.settle();
    return card;
  };
}
