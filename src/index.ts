// What other programs may use: `import { open, train } from 'kindred'`. Everything else is ours to change. Each type that a signature
// here names is exported too.
export type { Place, ReadingOptions, TrainOptions, Watching } from './api/options.js';
export {
  type EvaluateOptions,
  type ExportOptions,
  type GrowOptions,
  open,
  type Prediction,
  type PredictOptions,
  type RefineOptions,
  type Run,
  type RunKind,
  train,
} from './api/run.js';
export type { PixelArray, Source, VectorArray } from './api/sources.js';
export { InputError, InterruptedError, type OptionName, type Words } from './core/errors.js';
export type { Notice, Progress, ReportProgress } from './core/progress.js';
export type { ColorChoice, Crop, Polarity } from './data/framing/framing.js';
export type { ReadingLimits } from './data/pictures.js';
export type { LabelPlace } from './data/source.js';
export type { ExportFormat, LinkChoice } from './export/choices.js';
export type { Exported } from './export/export.js';
export type { MethodOptionChoices } from './methods/choices.js';
export type {
  ClusteringOptions,
  DistanceName,
  MethodName,
  NetworkOptions,
  OptimizerName,
  QualityName,
  TrainingOptions,
} from './methods/options.js';
export type { EditRequest } from './review/journal/edits.js';
export { type ListedRun, listRuns, type Metrics, type RunCard } from './run/files/card.js';
export type { Evaluation } from './run/reading/evaluate.js';
export type { Confusion } from './score/confusion.js';
