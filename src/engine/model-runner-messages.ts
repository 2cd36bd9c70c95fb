// What model-runner.ts and its workers say to each other, and what a model is run on.

/** A model's result for every row. */
export interface ModelOutput {
  readonly name: string;
  /** Values a row. */
  readonly columns: number;
  /** How its values are kept; float32 by default. */
  readonly type?: 'float32' | 'uint8';
}

export interface ModelRows {
  /** The model's input, without the extent of the batch: [28, 28, 1] for images, [64] for codes. */
  readonly shape: readonly number[];
  readonly inputName: string;
  /** The rows one after the other. */
  readonly data: Uint8Array | Float32Array;
  readonly count: number;
}

export interface ModelShare {
  readonly model: Uint8Array;
  readonly rows: ModelRows;
  readonly outputs: readonly ModelOutput[];
  /** Where each output's rows go, in shared memory. */
  readonly results: readonly (Float32Array | Uint8Array)[];
}

export interface BlockRequest {
  readonly firstRow: number;
  readonly count: number;
}
