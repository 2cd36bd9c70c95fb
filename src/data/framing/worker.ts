// A thread that reads, decodes and frames picture files. Plain ones are done at once; what asks libvips is loaded when it is needed.
import { workerData } from 'node:worker_threads';
import { openGate } from '../../core/gate.js';
import { answerRequests } from '../../core/workers.js';
import { decodePlain } from '../decoding/plain-picture.js';
import type { EncodedPicture } from '../pictures.js';
import { type FilesToFrame, type FramedFiles, type FramingTask, imageOf } from './making.js';

const { how, decoding, stopped } = workerData as FramingTask;
/** While libvips has one in hand, this thread resizes another. */
const { through } = openGate(2);

function framePlain({ file }: EncodedPicture): Uint8Array | null {
  const raster = decodePlain(file, decoding);
  return raster && imageOf(raster, how);
}

async function frameOther(picture: EncodedPicture): Promise<FramedFiles[0]> {
  // Nobody waits for the rest.
  if (Atomics.load(stopped, 0) !== 0) return '';
  const { decodeOther, UnreadablePictureError } = await import('../decoding/decode.js');
  try {
    return imageOf(await decodeOther(picture, decoding), how);
  } catch (error) {
    if (error instanceof UnreadablePictureError) return error.message;
    throw error;
  }
}

answerRequests<FilesToFrame, FramedFiles>((pictures) => {
  const plain = pictures.map(framePlain);
  if (plain.every((image) => image !== null)) return plain;
  return Promise.all(plain.map((image, at) => image ?? through(() => frameOther(pictures[at]))));
});
