// What other programs may use: `import { … } from 'kindred'`. Everything else is ours to change.
export { InputError, InterruptedError } from './core/errors.js';
export type { Progress, ReportProgress } from './core/progress.js';
export { openPile, openSource } from './data/open.js';
export type { ImageShape, ImageSource, Images, Pile } from './data/source.js';
export type {
  ClusteringOptions,
  DistanceName,
  MethodName,
  MethodOptions,
  NetworkOptions,
  OptimizerName,
  TrainingOptions,
} from './methods/options.js';
export { type ListedRun, listRuns, type Metrics, type RunCard, readRunCard } from './run/card.js';
export { type Evaluation, evaluateRun } from './run/evaluate.js';
export type { TrainRequest } from './run/plan.js';
export { type Predictions, type PredictOptions, predictRun } from './run/predict.js';
export { type RunContext, trainRun } from './run/train.js';
