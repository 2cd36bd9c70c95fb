// kindred predict RUN SOURCE: kind, name and confidence of new images, as CSV or JSON.
import { statSync } from 'node:fs';
import { InputError } from '../core/errors.js';
import { writeFileAtomic } from '../core/files.js';
import { csvLine } from '../run/csv.js';
import { type Predictions, predictRun } from '../run/predict.js';
import { isSystemError, reasonOf } from '../run/system-error.js';
import type { CommandContext } from './arguments.js';
import { shown } from './flag-values.js';
import { withProgress } from './progress.js';

const ROWS_A_CHUNK = 8192;

export async function predict({ flags, positionals, signal }: CommandContext): Promise<void> {
  const [folder, source] = positionals;
  const { out, format = 'csv', threads } = flags;
  if (out !== undefined && statSync(out, { throwIfNoEntry: false })?.isDirectory()) {
    throw new InputError(`--out is ${shown(out)}, which is a directory. Write --out FILE.`);
  }
  const predictions = await withProgress((report) =>
    predictRun(folder, source, { threads }, { report, signal }),
  );
  const chunks = format === 'csv' ? csvChunks(predictions) : jsonChunks(predictions);
  if (out !== undefined) writeOut(out, [...chunks]);
  else for (const chunk of chunks) await printed(chunk);
}

interface PredictionRow {
  readonly id: string;
  readonly cluster: number;
  readonly name: string;
  readonly confidence: number;
  readonly known: boolean;
}

function rowOf({ ids, cluster, name, confidence, known }: Predictions, imageIndex: number): PredictionRow {
  return {
    id: ids[imageIndex],
    cluster: cluster[imageIndex],
    // −1 belongs nowhere and has no name.
    name: name[cluster[imageIndex]] ?? '',
    confidence: Number(confidence[imageIndex].toFixed(4)),
    known: known[imageIndex],
  };
}

/** The table in pieces of some thousand rows. */
export function* csvChunks(predictions: Predictions): Generator<string> {
  let text = csvLine(['id', 'cluster', 'name', 'confidence', 'known']);
  for (let imageIndex = 0; imageIndex < predictions.ids.length; imageIndex++) {
    const { id, cluster, name, confidence, known } = rowOf(predictions, imageIndex);
    text += csvLine([id, cluster, name, confidence.toFixed(4), known]);
    if ((imageIndex + 1) % ROWS_A_CHUNK === 0) {
      yield text;
      text = '';
    }
  }
  yield text;
}

/** One array, an object a line, in pieces of some thousand rows. */
export function* jsonChunks(predictions: Predictions): Generator<string> {
  let text = '[';
  for (let imageIndex = 0; imageIndex < predictions.ids.length; imageIndex++) {
    text += `${imageIndex === 0 ? '\n' : ',\n'}${JSON.stringify(rowOf(predictions, imageIndex))}`;
    if ((imageIndex + 1) % ROWS_A_CHUNK === 0) {
      yield text;
      text = '';
    }
  }
  yield `${text}\n]\n`;
}

function writeOut(path: string, chunks: readonly string[]): void {
  try {
    writeFileAtomic(path, ...chunks);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw new InputError(`--out ${shown(path)} cannot be written (${reasonOf(error)}). Choose another file.`);
  }
}

/** Waits until the reader has taken the piece, so that a slow one does not fill the memory. */
function printed(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => (error ? reject(error) : resolve()));
  });
}
