// The run's models for other programs: the ONNX files, the names of the kinds, a model card, two small programs and a few
// images to try them on.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '../core/errors.js';
import { bytesOf, writeFileAtomic } from '../core/files.js';
import { readKinds, readNamedModel } from '../run/files/artefacts.js';
import { npyHeader } from '../run/files/npy.js';
import { framedDataset, framingOf, locationsOf, reopenRunDataset } from '../run/images/read-images.js';
import { modelCard } from './model-card.js';
import { nodeProgram } from './programs/node.js';
import { pythonProgram } from './programs/python.js';
import type { ExportedRun } from './records.js';

/** Images to try the programs on. */
const EXAMPLES = 16;

/** Writes the folder `path`. Examples are left out where the run's images are gone. */
export async function exportOnnx(run: ExportedRun, path: string): Promise<void> {
  const { folder, card } = run;
  if (card.vectors !== null) {
    throw new InputError(
      `${folder} compares images by vectors made elsewhere, so its classifier takes no images: use ${join(folder, 'model')} as it is.`,
    );
  }
  const how = framingOf(card);
  const input = { how, values: how, name: 'images', type: 'uint8', channelsFirst: false } as const;
  const [python, node] = [pythonProgram(input), nodeProgram(input)];
  // The classifier knows the kinds that the run found, under the names that they have now.
  const kinds = readKinds(folder);
  const names = kinds.map(({ name }) => name);
  writeFileAtomic(join(path, 'labels.json'), `${JSON.stringify(names, null, 2)}\n`);
  writeFileAtomic(join(path, 'predict.py'), python);
  writeFileAtomic(join(path, 'predict.mjs'), node);
  writeFileAtomic(join(path, 'README.md'), modelCard({ ...run, kinds }, python));
  for (const model of ['classifier.onnx', 'encoder.onnx']) {
    writeFileAtomic(join(path, model), readNamedModel(folder, model, names));
  }
  if (locationsOf(card).every((location) => existsSync(location))) await writeExamples(run, path);
}

async function writeExamples({ card }: ExportedRun, path: string): Promise<void> {
  const { train } = framedDataset(await reopenRunDataset(card), framingOf(card), card.limits);
  for await (const { data, count, height, width, channels } of train.batches(EXAMPLES)) {
    const header = npyHeader('|u1', [count, height, width, channels]);
    writeFileAtomic(join(path, 'examples.npy'), header, bytesOf(data));
    return;
  }
}
