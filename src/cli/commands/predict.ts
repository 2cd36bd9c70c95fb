// kindred predict RUN SOURCE…: kind, name and confidence of new images, as CSV, JSON or Parquet, while they are read.
import { statSync } from 'node:fs';
import { readingOf } from '../../api/options.js';
import { InputError } from '../../core/errors.js';
import { openFileAtomic } from '../../core/files.js';
import type { Skipped } from '../../data/source.js';
import { writeSkipped } from '../../run/files/skipped.js';
import { isSystemError, reasonOf } from '../../run/files/system-error.js';
import { refuseSkipped } from '../../run/images/read-images.js';
import { type Predictions, predictRun } from '../../run/reading/predict.js';
import { type CommandContext, readingOptions } from '../flags/arguments.js';
import { counted, shown } from '../flags/flag-values.js';
import type { FlagValues } from '../flags/flags.js';
import { predictionWriter } from '../printing/predictions.js';
import { noticeTo, withProgress } from '../printing/progress.js';

export async function predict({ flags, positionals, signal }: CommandContext): Promise<void> {
  const [folder, ...sources] = positionals;
  checkOutput(flags);
  const name = sources.join(', ');
  await withProgress(async ({ report, finish }) => {
    const notice = noticeTo(finish);
    const skipped = createSkippedList(flags.strict ?? false, name, flags.skipped);
    const reading = readingOf(readingOptions(flags));
    const request = { sources, ...reading, threads: flags.threads, notice, onSkipped: skipped.add };
    const predictions = await predictRun(folder, request, { report, signal });
    const { images, unknown } = await write(predictions, flags, () => skipped.refuseAll());
    skipped.write();
    notice(
      `${counted(images)} images, ${counted(unknown)} of them unlike any that the run was made from${skipped.sentence()}`,
    );
  });
}

function checkOutput({ out, format }: FlagValues): void {
  if (out === undefined) {
    if (format !== 'parquet') return;
    throw new InputError('--format parquet is no text to print. Add --out FILE.');
  }
  if (statSync(out, { throwIfNoEntry: false })?.isDirectory()) {
    throw new InputError(`--out is ${shown(out)}, which is a directory. Write --out FILE.`);
  }
}

/** Counts pictures that cannot be read; keeps the first, or all where they are to be listed in `path`. */
function createSkippedList(strict: boolean, name: string, path: string | undefined) {
  let count = 0;
  let first: Skipped | null = null;
  const all: Skipped[] = [];
  return {
    add(picture: Skipped) {
      if (strict) refuseSkipped([picture], name);
      count += 1;
      first ??= picture;
      if (path !== undefined) all.push(picture);
    },
    /** Throws an InputError: no picture could be read. */
    refuseAll() {
      this.write();
      const why = first === null ? '' : `; the first is ${first.id}: ${first.reason}`;
      throw new InputError(`${name} holds no picture that can be read${why}.`);
    },
    write() {
      if (path === undefined) return;
      asWritable('--skipped', path, () => writeSkipped(path, all));
    },
    sentence: () =>
      first === null
        ? ''
        : `; ${counted(count)} that cannot be read were skipped, the first is ${first.id}: ${first.reason}`,
  };
}

async function write(
  { names, batches }: Predictions,
  { out, format = 'csv' }: FlagValues,
  onNone: () => void,
): Promise<{ images: number; unknown: number }> {
  const writer = await predictionWriter(format, names);
  const file = out === undefined ? null : asWritable('--out', out, () => openFileAtomic(out));
  const emit = (piece: string | Uint8Array) => (file === null ? printed(piece) : file.write(piece));
  let images = 0;
  let unknown = 0;
  try {
    await emit(writer.begin());
    for await (const batch of batches) {
      images += batch.ids.length;
      for (const isKnown of batch.known) if (!isKnown) unknown += 1;
      await emit(writer.batch(batch));
    }
    if (images === 0) onNone();
    await emit(writer.end());
    file?.commit();
  } catch (error) {
    file?.abandon();
    if (out !== undefined && isSystemError(error)) throw cannotWrite('--out', out, error);
    throw error;
  }
  return { images, unknown };
}

/** What `write` gives. Throws an InputError where the system refuses. */
function asWritable<T>(flag: string, path: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    throw isSystemError(error) ? cannotWrite(flag, path, error) : error;
  }
}

function cannotWrite(flag: string, path: string, error: unknown): InputError {
  return new InputError(
    `${flag} ${shown(path)} cannot be written (${reasonOf(error)}). Choose another file.`,
  );
}

/** Waits until the reader has taken the piece, so that a slow one does not fill the memory. */
function printed(piece: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(piece, (error) => (error ? reject(error) : resolve()));
  });
}
