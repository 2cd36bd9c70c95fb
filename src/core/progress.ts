// The library never prints: it reports where it is, and the command line (or a page) draws it.

/** One report: `done` of `total` units of a named stage. */
export interface Progress {
  /** `read`, `neighbours`, `train` …; one may come several times in a run. */
  readonly stage: string;
  /** From 0 to `total`. */
  readonly done: number;
  /** Null where only reading to the end tells. */
  readonly total: number | null;
  /** What is counted, in the plural: `steps`, `images`, `passes`. */
  readonly unit: string;
  /** A short live figure to show beside the bar, such as `loss 0.0213`. */
  readonly detail?: string;
  /** Of the whole run, where it can be forecast. */
  readonly secondsLeft?: number;
}

/** A stage of a run, and what it takes on the machine that the figures come from. */
export interface StageCost {
  readonly stage: string;
  readonly seconds: number;
}

/** Who wants to know how far the work is. Called often; what it throws ends the work. */
export type ReportProgress = (progress: Progress) => void;

/** Takes a line for the person: what was decided, what was skipped. `option`: the one that decides otherwise, where there is one. */
export type Notice = (line: string, option?: string) => void;

/** How a piece of work is done: on how many cores, who watches it, and who may stop it, by an InterruptedError. */
export interface Work {
  readonly threads: number;
  readonly report?: ReportProgress;
  readonly signal?: AbortSignal;
}

/** Work with random choices: the same seed and threads give the same bytes. */
export interface SeededWork extends Work {
  readonly seed: number;
}
