// A part of what kindred predict gives.

/** What a run says of some images of a source. All have one entry an image. */
export interface PredictedBatch {
  readonly ids: readonly string[];
  /** −1 for an image that belongs to no kind. */
  readonly cluster: Int32Array;
  /** 0 … 1. */
  readonly confidence: Float32Array;
  /** False for an image farther from its kind than the images the kind was found in. */
  readonly known: readonly boolean[];
}
