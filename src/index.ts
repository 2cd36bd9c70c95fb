// What other programs may use: `import { … } from 'kindred'`. Everything else is ours to change.
export type { Place, ReadingOptions, TrainOptions, Watching } from './api/options.js';
export {
  type ExportOptions,
  type GrowOptions,
  open,
  type PredictingOptions,
  type Prediction,
  type RefineOptions,
  type Run,
  type RunKind,
  train,
} from './api/run.js';
export type { PixelArray, Source, VectorArray } from './api/sources.js';
export { InputError, InterruptedError } from './core/errors.js';
export type { Progress, ReportProgress } from './core/progress.js';
export { openPile, openSource, type PicturePile } from './data/formats/open.js';
export { framedSource, imagesAsTheyAre } from './data/framing/framed-source.js';
export { type Framing, type FramingWishes, NO_WISHES } from './data/framing/framing.js';
export { type Picture, type PictureSource, READING_LIMITS, type ReadingLimits } from './data/pictures.js';
export {
  collectImages,
  type ImageShape,
  type ImageSource,
  type Images,
  type Pile,
  type Skipped,
} from './data/source.js';
export type { ExportFormat, LinkChoice } from './export/choices.js';
export type { Exported } from './export/export.js';
export type { MethodOptionChoices } from './methods/choices.js';
export type {
  ClusteringOptions,
  DistanceName,
  MethodName,
  MethodOptions,
  NetworkOptions,
  OptimizerName,
  TrainingOptions,
} from './methods/options.js';
export type { Edit, EditRequest } from './review/journal/edits.js';
export { type Journal, openJournal } from './review/journal/journal.js';
export { refineRun } from './review/refine.js';
export { type ListedRun, listRuns, type Metrics, type RunCard, readRunCard } from './run/files/card.js';
export { type Evaluation, evaluateRun } from './run/reading/evaluate.js';
export type { PredictedBatch } from './run/reading/predict.js';
export { type Predictions, type PredictOptions, predictRun } from './run/reading/predict.js';
export type { RunContext } from './run/writing/context.js';
export { completeRequest, type TrainRequest } from './run/writing/plan.js';
export type { RefineChoices } from './run/writing/refinement.js';
export { trainRun } from './run/writing/train.js';
