// A thread that reads, decodes and frames plain picture files; what it cannot read it gives back.
import { workerData } from 'node:worker_threads';
import { answerRequests } from '../../core/workers.js';
import { decodePlain } from '../decoding/plain-picture.js';
import type { FilesToFrame, FramedFiles, FramingTask } from './framed-source.js';
import { frameRaster } from './framing.js';

const { framing, decoding } = workerData as FramingTask;

answerRequests<FilesToFrame, FramedFiles>((files) =>
  files.map((file) => {
    const raster = decodePlain(file, decoding);
    return raster && frameRaster(raster, framing);
  }),
);
