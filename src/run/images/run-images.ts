// The images of a run, found again for somebody to look at: a dataset is tidied up after a run has named its copies, so some of its
// pictures may be gone. Each is known by its id; those that cannot be shown get a tile that says so.
import { InputError } from '../../core/errors.js';
import { sharedBytes } from '../../core/shared-memory.js';
import { type CollectedImages, type Images, pixelsPerImage, type SourceOrigin } from '../../data/source.js';
import type { RunCard } from '../files/card.js';
import { readParts } from './grown-dataset.js';
import { type DatasetPart, fingerprint, locationsOf, openParts } from './read-images.js';

/** Row by row those of the run. */
export interface RunImages extends Images {
  /** (n): 1 where the image is missing, and `data` holds a tile in its place. */
  readonly isMissing: Uint8Array;
  /** What is not as it was, in one sentence; null where every pixel is. */
  readonly problem: string | null;
}

/** The images of a run, by the ids that they had in it. */
export async function findRunImages(card: RunCard, ids: readonly string[]): Promise<RunImages> {
  const where = locationsOf(card).join(', ') || card.data.name;
  const none = (problem: string): RunImages => ({ ...inPlace({ ...card.data, ...NOTHING }, ids), problem });
  let parts: readonly DatasetPart[];
  try {
    parts = await openParts(card, 'nothing');
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return none(`The images of the run cannot be shown: ${error.message}`);
  }
  const found = await readParts(card, parts, card.limits, () => {}, new AbortController().signal);
  if (fingerprint(found.data) === card.data.sha256 && found.count === ids.length) {
    return { ...found, ids, isMissing: new Uint8Array(ids.length), problem: null };
  }
  const images = inPlace(found, ids);
  if (fingerprint(images.data) === card.data.sha256) return { ...images, problem: null };
  // A row number says nothing of a table that is another one now.
  if (!parts.every(({ pictures }) => namesPictures(pictures.origin))) {
    return none(`The images at ${where} are not those of the run, so none is shown: put those back.`);
  }
  const missing = images.isMissing.reduce((sum, each) => sum + each, 0);
  if (missing === ids.length) {
    return none(`The images of the run are not at ${where} any more: put them back to see them.`);
  }
  const problem =
    missing === 0
      ? `Some images at ${where} have changed since the run was made: they are shown as they are now.`
      : `${missing} of the run’s ${ids.length} images are not at ${where} any more: put them back to see them.`;
  return { ...images, problem };
}

const NOTHING = { data: new Uint8Array(), ids: [], count: 0, skipped: [] };

/** Is an id the path of a picture, in a folder or an archive? */
function namesPictures(origin: SourceOrigin): boolean {
  if (origin.format === 'several') return origin.parts.every((part) => namesPictures(part.origin));
  return ['folder', 'zip', 'tar', 'image'].includes(origin.format);
}

/** The images that were found, each at the row of its id. */
function inPlace(found: CollectedImages, ids: readonly string[]): Omit<RunImages, 'problem'> {
  const { height, width, channels } = found;
  const size = pixelsPerImage(found);
  const rows = new Map(found.ids.map((id, row) => [id, row]));
  const data = sharedBytes(ids.length * size);
  const isMissing = new Uint8Array(ids.length);
  const tile = missingTile(found);
  ids.forEach((id, image) => {
    const row = rows.get(id);
    isMissing[image] = row === undefined ? 1 : 0;
    data.set(row === undefined ? tile : found.data.subarray(row * size, (row + 1) * size), image * size);
  });
  return { height, width, channels, data, count: ids.length, ids, isMissing };
}

const TILE_GROUND = 96;
const TILE_CROSS = 160;

/** → (height, width, channels): a cross on grey. */
function missingTile({ height, width, channels }: Images): Uint8Array {
  const tile = new Uint8Array(height * width * channels).fill(TILE_GROUND);
  for (let row = 0; row < height; row++) {
    const across = Math.floor((row * width) / height);
    for (const column of [across, width - 1 - across]) {
      tile.fill(TILE_CROSS, (row * width + column) * channels, (row * width + column + 1) * channels);
    }
  }
  return tile;
}
