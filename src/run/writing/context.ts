// What whoever starts a run gives it beside the request: who watches, and who may stop it.
import type { ReportProgress } from '../../core/progress.js';
import type { ReconstructedImages } from '../../methods/autoencoder/probe.js';
import type { RunCard } from '../files/card.js';

/** What is told of a training while it goes on. */
export interface TrainingWatch {
  /** Called with a point of a loss curve: `training` and `held out` by steps, a network by epochs. */
  readonly onLoss?: (curve: string, at: number, loss: number) => void;
  /** Called with what the auto-encoder makes of a few images. */
  readonly onPictures?: (pictures: ReconstructedImages) => void;
}

export interface RunContext extends TrainingWatch {
  readonly report: ReportProgress;
  /** Aborting it stops the run within two seconds; what is done is kept. */
  readonly signal: AbortSignal;
  /** Called with a line for the person: what was decided, what was skipped. */
  readonly notice?: (line: string) => void;
  /** Called with the card of a first, whole result, where a method refines it afterwards. */
  readonly onFirstResult?: (card: RunCard) => void;
}
