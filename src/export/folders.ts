// A folder a kind, as ImageFolder and its like read it: KIND/picture.png, and manifest.csv that says where each image went.
import { copyFile, link, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError, option, words } from '../core/errors.js';
import type { ReportProgress } from '../core/progress.js';
import { writeCsv } from '../run/files/csv.js';
import { isSystemError, reasonOf } from '../run/files/system-error.js';
import type { LinkChoice } from './choices.js';
import { isWholeFile, pictureFile, type RecordedPicture, recordedPictures } from './pictures.js';
import { distinctNames, type ExportedRun } from './records.js';
import { createNameBook, safeName } from './target.js';

/** The folder of images that belong to no kind. */
const OUTSIDE = '_no kind';
/** Files written at once. */
const AT_ONCE = 16;

/** Throws an InputError where links are asked for and the pictures are no files, or on another disk. */
export async function exportFolders(
  run: ExportedRun,
  path: string,
  { link: choice, report }: { link: LinkChoice; report: ReportProgress },
): Promise<void> {
  const folders = folderNames(run);
  for (const folder of new Set(folders.values())) await mkdir(join(path, folder), { recursive: true });
  const books = new Map([...folders.values()].map((folder) => [folder, createNameBook()]));
  const rows: string[][] = [];
  const underWay = new Set<Promise<void>>();
  for await (const recorded of recordedPictures(run)) {
    const folder = folders.get(recorded.image.cluster) as string;
    const { name, write } = await fileOf(recorded, choice);
    const file = join(folder, (books.get(folder) as (name: string) => string)(name));
    rows.push([recorded.image.id, file.replaceAll('\\', '/')]);
    const writing = write(join(path, file)).then(() => {
      underWay.delete(writing);
    });
    // It is awaited below; until then a failure is not one that nobody handles.
    writing.catch(() => {});
    underWay.add(writing);
    if (underWay.size >= AT_ONCE) await Promise.race(underWay);
    report({ stage: 'export', done: rows.length, total: run.images.length, unit: 'images' });
  }
  await Promise.all(underWay);
  writeCsv(join(path, 'manifest.csv'), ['id', 'file'], rows);
}

/** The folder of each cluster that has images, by its number. */
function folderNames({ kinds, images }: ExportedRun): Map<number, string> {
  const book = createNameBook();
  const names = distinctNames(kinds);
  const folders = new Map(kinds.map(({ cluster }, at) => [cluster, book(safeName(names[at]))]));
  if (images.some(({ cluster }) => cluster < 0)) folders.set(-1, book(OUTSIDE));
  return folders;
}

interface OutputFile {
  readonly name: string;
  write(path: string): Promise<void>;
}

async function fileOf({ image, picture }: RecordedPicture, choice: LinkChoice): Promise<OutputFile> {
  const ownName = image.id.slice(image.id.lastIndexOf('/') + 1);
  if (isWholeFile(picture)) {
    const { file } = picture;
    return { name: safeName(ownName), write: (path) => place(file, path, choice) };
  }
  if (choice !== 'copy') {
    throw new InputError(
      words`${option('link')} ${choice} needs pictures that are files, and image ${image.id} lies inside another one: use ${option('link')} copy.`,
    );
  }
  const { bytes, extension } = await pictureFile(picture);
  const hasExtension = ownName.toLowerCase().endsWith(`.${extension}`);
  return {
    name: safeName(hasExtension ? ownName : `${ownName}.${extension}`),
    write: (path) => writeFile(path, bytes),
  };
}

async function place(from: string, to: string, choice: LinkChoice): Promise<void> {
  if (choice === 'symbolic') return symlink(from, to);
  if (choice === 'copy') return copyFile(from, to);
  try {
    await link(from, to);
  } catch (error) {
    if (!isSystemError(error) || error.code === 'ENOENT') throw error;
    throw new InputError(
      words`${from} cannot be linked from ${to} (${reasonOf(error)}): use ${option('link')} copy or ${option('link')} symbolic.`,
      { cause: error },
    );
  }
}
