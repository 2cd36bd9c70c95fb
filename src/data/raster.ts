// A picture in memory.

/** Pixel (row, column, channel) of `data` in that order, 0 … 255. */
export interface Raster {
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3;
  readonly data: Uint8Array;
}
