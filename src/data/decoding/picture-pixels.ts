// What the readers of picture files have in common: what a file holds before it is a raster.

export interface PictureHeader {
  readonly height: number;
  readonly width: number;
}

/** Pixel (row, column, channel) of `data` in that order: grey (1), grey and alpha (2), RGB (3) or RGBA (4 channels). */
export interface PicturePixels extends PictureHeader {
  readonly channels: number;
  readonly data: Uint8Array;
}

/** The same with values as they are in the file. */
export interface DeepPixels extends PictureHeader {
  readonly channels: number;
  readonly data: Float32Array;
  readonly depth: string;
}

/** Why a file cannot be read, without a full stop. */
export class PictureFileError extends Error {
  override readonly name = 'PictureFileError';
}
