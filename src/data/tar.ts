// Images in a .tar or .tar.gz, in the order of the archive, read as a stream from its beginning (by modern-tar).
// Format: POSIX.1-2017, pax, "ustar Interchange Format".
import { resolve } from 'node:path';
import { createTarDecoder, type TarHeader } from 'modern-tar';
import { InputError } from '../core/errors.js';
import { judgeEntry, readEntry, type UnpackingBudget, unpackingBudget } from './archive.js';
import { type Picture, type PictureSource, type ReadingLimits, sampleOfStream } from './pictures.js';
import { type StoredFile, unpackedChunks } from './stored-file.js';
import { uniqueId } from './zip.js';

/** The pictures of a tar file. Throws an InputError, at the latest while it is read, where it is damaged. */
export function tarPictureSource(file: StoredFile, name: string, limits: ReadingLimits): PictureSource {
  const pictures = () => readPictures(file, limits);
  return {
    name,
    origin: { format: 'tar', path: resolve(file.path) },
    count: null,
    shape: null,
    pictures,
    sample: (wanted) => sampleOfStream(pictures(), wanted),
  };
}

async function* readPictures(file: StoredFile, limits: ReadingLimits): AsyncGenerator<Picture> {
  const budget = unpackingBudget(file.path, file.storedBytes, limits);
  const ids = new Set<string>();
  const bytes = ReadableStream.from(unpackedChunks(file)) as ReadableStream<Uint8Array>;
  try {
    for await (const { header, body } of bytes.pipeThrough(createTarDecoder({ strict: true }))) {
      const name = header.name.replace(/^(\.\/)+/, '');
      const judged = header.type === 'directory' ? 'no picture' : judgeEntry(name);
      if (judged === 'no picture') {
        await drain(body, budget);
        continue;
      }
      const id = uniqueId(name, ids);
      ids.add(id);
      const reason = judged?.reason ?? problemOf(header);
      if (reason !== null) {
        await drain(body, budget);
        yield { kind: 'unreadable', id, reason };
      } else {
        yield await readEntry(id, body, budget, limits);
      }
    }
  } catch (error) {
    if (error instanceof InputError || !(error instanceof Error)) throw error;
    throw new InputError(
      `${file.path} is no sound tar file (${error.message}): fetch it again, or pack it anew.`,
      { cause: error },
    );
  }
  if (ids.size === 0) {
    throw new InputError(
      `${file.path} holds no pictures: put PNG, JPEG, WebP, GIF, TIFF, AVIF, BMP or SVG files in it.`,
    );
  }
}

function problemOf({ type }: TarHeader): string | null {
  if (type === undefined || type === 'file') return null;
  return `it is no file but a ${type}, and links in an archive are not followed`;
}

async function drain(body: AsyncIterable<Uint8Array>, budget: UnpackingBudget): Promise<void> {
  for await (const chunk of body) budget.spend(chunk.length);
}
