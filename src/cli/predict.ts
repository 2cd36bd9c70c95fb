// kindred predict RUN SOURCE: kind, name and confidence of new images, as CSV or JSON.
import { statSync } from 'node:fs';
import { InputError } from '../core/errors.js';
import { writeFileAtomic } from '../core/files.js';
import { predictRun } from '../run/predict.js';
import { isSystemError, reasonOf } from '../run/system-error.js';
import type { CommandContext } from './arguments.js';
import { shown } from './flag-values.js';
import { csvChunks, jsonChunks } from './predictions.js';
import { noticeTo, withProgress } from './progress.js';
import { framingWishes, readingLimits } from './reading-choices.js';

export async function predict({ flags, positionals, signal }: CommandContext): Promise<void> {
  const [folder, ...sources] = positionals;
  const { out, format = 'csv', threads } = flags;
  if (out !== undefined && statSync(out, { throwIfNoEntry: false })?.isDirectory()) {
    throw new InputError(`--out is ${shown(out)}, which is a directory. Write --out FILE.`);
  }
  const predictions = await withProgress(({ report, finish }) =>
    predictRun(
      folder,
      sources,
      {
        threads,
        limits: readingLimits(flags),
        framing: framingWishes(flags),
        notice: noticeTo(finish),
      },
      { report, signal },
    ),
  );
  const chunks = format === 'csv' ? csvChunks(predictions) : jsonChunks(predictions);
  if (out !== undefined) writeOut(out, [...chunks]);
  else for (const chunk of chunks) await printed(chunk);
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
