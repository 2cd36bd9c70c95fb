// What a source gives, collected.
import type { Picture, PictureSource } from '#kindred/data/pictures.js';

export async function allPictures(source: PictureSource): Promise<Picture[]> {
  const pictures: Picture[] = [];
  for await (const picture of source.pictures()) pictures.push(picture);
  return pictures;
}

/** The pixels of each picture as plain numbers. Throws if one is no row of pixels. */
export function pixelsOf(pictures: readonly Picture[]): number[][] {
  return pictures.map((picture) => {
    if (picture.kind !== 'pixels') throw new Error(`${picture.id} is ${picture.kind}`);
    return [...picture.data];
  });
}
