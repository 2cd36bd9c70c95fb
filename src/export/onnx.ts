// The run's models for other programs: the ONNX files, the names of the kinds, a model card, two small programs and a few
// images to try them on.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '../core/errors.js';
import { bytesOf, writeFileAtomic } from '../core/files.js';
import type { Images } from '../data/source.js';
import { readKinds, readNamedModel } from '../run/files/artefacts.js';
import type { RunCard } from '../run/files/card.js';
import { npyHeader } from '../run/files/npy.js';
import { framedDataset, framingOf, locationsOf, reopenRunDataset } from '../run/images/read-images.js';
import { firstEncoded, openJoinedModels } from '../run/reading/joined-models.js';
import { modelCard } from './model-card.js';
import type { ProgramInput } from './programs/input.js';
import { nodeProgram } from './programs/node.js';
import { pythonProgram } from './programs/python.js';
import type { ExportedRun } from './records.js';

/** Images to try the programs on. */
const EXAMPLES = 16;

/** Writes the folder `path`. Examples are left out where the run's images are gone. */
export async function exportOnnx(run: ExportedRun, path: string): Promise<void> {
  const { folder, card } = run;
  if (card.vectors?.kind === 'features') {
    throw new InputError(
      `${folder} compares images by vectors made elsewhere, so its classifier takes no images: use ${join(folder, 'model')} as it is.`,
    );
  }
  // The classifier knows the kinds that the run found, under the names that they have now.
  const kinds = readKinds(folder);
  const names = kinds.map(({ name }) => name);
  const joined = card.vectors && (await openJoinedModels(folder, card.vectors.columns, names));
  const input = joined?.input ?? null;
  const values = framingOf(card);
  const toModel: ProgramInput =
    input === null
      ? { how: values, values, name: 'images', type: 'uint8', channelsFirst: false }
      : {
          how: input.preparation,
          values,
          name: input.tensor,
          type: input.type,
          channelsFirst: input.channelsFirst,
        };
  const [python, node] = [pythonProgram(toModel), nodeProgram(toModel)];
  writeFileAtomic(join(path, 'labels.json'), `${JSON.stringify(names, null, 2)}\n`);
  writeFileAtomic(join(path, 'predict.py'), python);
  writeFileAtomic(join(path, 'predict.mjs'), node);
  writeFileAtomic(join(path, 'README.md'), modelCard({ ...run, kinds }, python, input));
  if (joined === null) {
    for (const file of ['classifier.onnx', 'encoder.onnx']) {
      writeFileAtomic(join(path, file), ...readNamedModel(folder, file, names));
    }
  } else {
    for await (const { file, pieces } of joined.files()) writeFileAtomic(join(path, file), ...pieces);
    copyPreprocessing(folder, path);
  }
  if (!locationsOf(card).every((location) => existsSync(location))) return;
  const examples = input === null ? await firstFramed(card) : await firstEncoded(card, input, EXAMPLES);
  if (examples !== null) writeExamples(examples, path);
}

/** What stands before the encoder, for programs that read it. Not every encoder has it. */
function copyPreprocessing(folder: string, path: string): void {
  const from = join(folder, 'model', PREPROCESSING);
  if (existsSync(from)) writeFileAtomic(join(path, PREPROCESSING), readFileSync(from));
}

const PREPROCESSING = 'preprocessor_config.json';

async function firstFramed(card: RunCard): Promise<Images | null> {
  const { train } = framedDataset(await reopenRunDataset(card), framingOf(card), card.limits);
  for await (const images of train.batches(EXAMPLES)) return images;
  return null;
}

function writeExamples({ data, count, height, width, channels }: Omit<Images, 'ids'>, path: string): void {
  const header = npyHeader('|u1', [count, height, width, channels]);
  writeFileAtomic(join(path, 'examples.npy'), header, bytesOf(data));
}
