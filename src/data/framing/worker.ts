// A thread that reads, decodes and frames picture files.
import { workerData } from 'node:worker_threads';
import { openGate } from '../../core/gate.js';
import { answerRequests } from '../../core/workers.js';
import { decodePicture, UnreadablePictureError } from '../decoding/decode.js';
import type { EncodedPicture } from '../pictures.js';
import { type FilesToFrame, type FramedFiles, type FramingTask, imageOf } from './making.js';

const { how, decoding, stopped } = workerData as FramingTask;
/** While libvips has one in hand, this thread resizes another. */
const { through } = openGate(2);

async function frame(picture: EncodedPicture): Promise<FramedFiles[0]> {
  // Nobody waits for the rest.
  if (Atomics.load(stopped, 0) !== 0) return '';
  try {
    return imageOf(await decodePicture(picture, decoding), how);
  } catch (error) {
    if (error instanceof UnreadablePictureError) return error.message;
    throw error;
  }
}

answerRequests<FilesToFrame, FramedFiles>((pictures) =>
  Promise.all(pictures.map((picture) => through(() => frame(picture)))),
);
