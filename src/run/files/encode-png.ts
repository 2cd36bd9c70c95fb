// Pixels → the PNGs in which a run shows itself: its report, its TensorBoard files, a training that is watched.
import { libvips } from '../../data/decoding/libvips.js';
import { encodePlainPng, type PngPixels } from '../../data/decoding/png.js';

/** Seen often and written once. */
const LEVEL = 9;

/** Equal pixels give equal bytes. Only large pictures need libvips. */
export async function encodePng(picture: PngPixels): Promise<Buffer> {
  const plain = encodePlainPng(picture, LEVEL);
  if (plain !== null) return plain;
  const { height, width, channels, data } = picture;
  const sharp = await libvips();
  const image = sharp(data, { raw: { height, width, channels } });
  const coloured = channels < 3 ? image.toColourspace('b-w') : image;
  return coloured.png({ compressionLevel: LEVEL, adaptiveFiltering: false }).toBuffer();
}
