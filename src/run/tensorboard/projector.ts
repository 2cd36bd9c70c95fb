// The files of the PROJECTOR tab: vectors, what is known of each, and thumbnails in one sprite image.
//
// The vectors are text, not `tensors.bytes`: the plugin (2.21, projector_plugin.py) tries every tensor file as
// text first and turns to binary only if it is not valid UTF-8, so that a binary file of zeros, or of powers
// of two, stops it. Nine digits carry a float32 exactly.
import { join } from 'node:path';
import { writeFileAtomic } from '../../core/files.js';
import { type Matrix, matrixRow } from '../../core/matrix.js';
import { pixelsPerImage, takeBytes } from '../../data/source.js';
import { encodeImage, type ImageStack, layOutGrid, type Picture, shrink } from './images.js';

/** The page opens with three principal components and draws nothing of shorter vectors; zeros change no distance. */
const MINIMUM_COLUMNS = 3;

/** N points: vectors (N, d) and, if given, N rows of metadata and N thumbnails. */
export interface Projection {
  /** How the tab calls the vectors: `codes`. */
  readonly name: string;
  readonly vectors: Matrix;
  readonly metadata?: {
    readonly header: readonly string[];
    readonly rows: readonly (readonly (string | number)[])[];
  };
  /** Shown as they are: light on dark stays visible whatever colour a point has. */
  readonly thumbnails?: ImageStack;
}

export interface ProjectorLimits {
  /** The page lays out every point in the browser and turns slow beyond this many. */
  readonly maximumPoints?: number;
  /** The page refuses a sprite with a longer side. */
  readonly maximumSpritePixels?: number;
}

/**
 * Writes `projector_config.pbtxt`, `tensors.tsv`, `metadata.tsv` and `sprite.png` into `directory`, a run's
 * folder (the tab lists a folder only if an events file lies in it too). Of more than `maximumPoints` (10,000)
 * points, that many are written, evenly spaced by index; thumbnails are made smaller until the square sprite's
 * side is at most `maximumSpritePixels` (8,192). Returns the indices of the points that were written.
 */
export async function writeProjector(
  directory: string,
  projection: Projection,
  { maximumPoints = 10_000, maximumSpritePixels = 8192 }: ProjectorLimits = {},
): Promise<Uint32Array> {
  const { name, vectors, metadata, thumbnails } = projection;
  for (const [what, count] of [
    ['rows of metadata', metadata?.rows.length],
    ['thumbnails', thumbnails?.count],
  ] as const) {
    if (count !== undefined && count !== vectors.rows) {
      throw new RangeError(`${vectors.rows} points need as many ${what}, got ${count}`);
    }
  }
  const pointIndices = evenlySpaced(vectors.rows, maximumPoints);
  const config = [
    'embeddings {',
    // A string of protobuf's text format is one of JSON.
    `  tensor_name: ${JSON.stringify(name)}`,
    '  tensor_path: "tensors.tsv"',
    `  tensor_shape: ${pointIndices.length}`,
    `  tensor_shape: ${Math.max(vectors.columns, MINIMUM_COLUMNS)}`,
  ];
  writeFileAtomic(join(directory, 'tensors.tsv'), tensorLines(vectors, pointIndices));
  if (metadata !== undefined) {
    writeFileAtomic(join(directory, 'metadata.tsv'), metadataLines(metadata, pointIndices));
    config.push('  metadata_path: "metadata.tsv"');
  }
  if (thumbnails !== undefined) {
    const columns = Math.ceil(Math.sqrt(pointIndices.length));
    const fitting = shrinkToFit(select(thumbnails, pointIndices), Math.floor(maximumSpritePixels / columns));
    const sprite = await encodeImage(squareGrid(fitting, columns));
    writeFileAtomic(join(directory, 'sprite.png'), sprite.png);
    config.push(
      '  sprite {',
      '    image_path: "sprite.png"',
      `    single_image_dim: ${fitting.width}`,
      `    single_image_dim: ${fitting.height}`,
      '  }',
    );
  }
  // Last, so that a board never finds a config whose files are still to come.
  writeFileAtomic(join(directory, 'projector_config.pbtxt'), `${config.join('\n')}\n}\n`);
  return pointIndices;
}

/** At most `maximum` of the indices 0 … count − 1, ascending, the same distance apart. */
function evenlySpaced(count: number, maximum: number): Uint32Array {
  const length = Math.min(count, maximum);
  return Uint32Array.from({ length }, (_, index) => Math.floor((index * count) / length));
}

function tensorLines(vectors: Matrix, pointIndices: Uint32Array): string {
  const padding = '\t0'.repeat(Math.max(0, MINIMUM_COLUMNS - vectors.columns));
  const lines = Array.from(pointIndices, (pointIndex) => {
    const values = matrixRow(vectors, pointIndex);
    return Array.from(values, (value) => String(Number(value.toPrecision(9)))).join('\t') + padding;
  });
  return `${lines.join('\n')}\n`;
}

/** The page takes the first line for a header if, and only if, it holds a tab; it skips blank lines. */
function metadataLines(
  { header, rows }: NonNullable<Projection['metadata']>,
  pointIndices: Uint32Array,
): string {
  const lines = Array.from(pointIndices, (pointIndex) => {
    const line = rows[pointIndex].map(cell).join('\t');
    return line.trim() === '' ? `-${line}` : line;
  });
  if (header.length > 1) lines.unshift(header.map(cell).join('\t'));
  return `${lines.join('\n')}\n`;
}

function cell(value: string | number): string {
  return String(value).replace(/[\t\r\n]+/g, ' ');
}

function select(stack: ImageStack, chosen: Uint32Array): ImageStack {
  return { ...stack, data: takeBytes(stack.data, pixelsPerImage(stack), chosen), count: chosen.length };
}

function shrinkToFit(stack: ImageStack, maximumPixels: number): ImageStack {
  const scale = maximumPixels / Math.max(stack.height, stack.width);
  if (scale >= 1) return stack;
  const [height, width] = [stack.height, stack.width].map((side) => Math.max(1, Math.floor(side * scale)));
  return shrink(stack, height, width);
}

/** As many rows as columns, though the last may be empty: the page takes the grid for square. */
function squareGrid(stack: ImageStack, columns: number): Picture {
  const size = pixelsPerImage(stack);
  const data = new Uint8Array(columns * columns * size);
  data.set(stack.data);
  return layOutGrid({ ...stack, data, count: columns * columns }, columns);
}
