// A run's own folder, LOG_DIR/TAG. Making a directory is atomic: of two runs that claim one name at the same
// moment, the file system lets one have it.
//
// A run that is to replace another is written beside it, in `.TAG.new`, and takes its place when it is whole: until then
// the old one is as it was.
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { InputError, option, type Words, words } from '../../core/errors.js';
import { replaceBy } from '../../core/files.js';
import { describeSelf, isAtWork } from '../../core/lock.js';
import { isRunFolder } from './card.js';
import { isDiskFault, isSystemError, reasonOf } from './system-error.js';

export interface ClaimOptions {
  /** Names the run where no tag is given: `autoencoder-1`. */
  readonly method: string;
  /** Replace a run that has the tag already. */
  readonly overwrite: boolean;
}

export interface ClaimedFolder {
  readonly tag: string;
  /** Where the run is written. */
  readonly folder: string;
  /** Where it belongs once it is whole; null where it is written there. */
  readonly place: string | null;
}

/** What a new run is called, and whether it takes another's place. */
export interface WantedPlace {
  /** Null: the next free one. */
  readonly tag: string | null;
  readonly overwrite: boolean;
}

/** Throws an InputError for a tag that cannot name a folder, or where it is not said which run is to be replaced. */
export function checkPlace({ tag, overwrite }: WantedPlace): void {
  if (tag !== null) checkTag(tag);
  else if (overwrite) {
    throw new InputError(
      words`${option('overwrite')} got no ${option('tag')} to say which run. Name one, or leave ${option('overwrite')} out.`,
    );
  }
}

const LONGEST_TAG = 128;

/**
 * Makes the new, empty folder of a run; without a tag, the next free `<method>-<n>`. An empty folder will do. Throws an InputError if
 * the tag is taken or cannot name a folder, or if `logDir` cannot be written.
 */
export function claimRunFolder(
  logDir: string,
  tag: string | undefined,
  { method, overwrite }: ClaimOptions,
): ClaimedFolder {
  if (tag !== undefined) checkTag(tag);
  makeLogDir(logDir);
  if (tag === undefined) return claimNextFree(logDir, method);
  const folder = join(logDir, tag);
  if (makeFolder(folder) || isEmptyFolder(folder)) {
    mark(folder);
    return { tag, folder, place: null };
  }
  if (!overwrite) throw taken(folder);
  requireRun(folder);
  const beside = besideOf(folder);
  if (!makeFolder(beside)) {
    if (isBeingWritten(beside)) {
      throw new InputError(
        `Another training is writing the run that replaces ${folder}: wait for it, or stop it (or delete ${beside}, if there is none).`,
      );
    }
    rmSync(beside, { recursive: true });
    if (!makeFolder(beside)) throw taken(beside);
  }
  mark(beside);
  return { tag, folder: beside, place: folder };
}

/** The process that writes a run, until the run has a card. */
const WRITER = 'writer.pid';

/** Of two processes that find one empty folder, the file system lets one have it. */
function mark(folder: string): void {
  try {
    writeFileSync(join(folder, WRITER), describeSelf(), { flag: 'wx' });
  } catch (error) {
    throw isSystemError(error) && error.code === 'EEXIST' ? taken(folder) : error;
  }
}

/** The run has its card, or is whole: what marked its folder is not needed any more. */
export function unmark(folder: string): void {
  rmSync(join(folder, WRITER), { force: true });
}

function besideOf(folder: string): string {
  return join(dirname(folder), `.${basename(folder)}.new`);
}

function isBeingWritten(beside: string): boolean {
  try {
    return isAtWork(readFileSync(join(beside, WRITER), 'utf8')) !== false;
  } catch {
    return false;
  }
}

/** Gives a whole run the place of the one it replaces. */
export function takePlace(folder: string, place: string): void {
  unmark(folder);
  replaceBy(folder, place);
}

/** Where the run called `tag` goes on: beside the one that it was to replace, or in its own folder. */
export function folderToResume(logDir: string, tag: string): Omit<ClaimedFolder, 'tag'> {
  const place = join(logDir, tag);
  const beside = besideOf(place);
  return existsSync(beside) && isRunFolder(beside) && !isBeingWritten(beside)
    ? { folder: beside, place }
    : { folder: place, place: null };
}

function isEmptyFolder(folder: string): boolean {
  if (!lstatSync(folder).isDirectory()) return false;
  const names = readdirSync(folder);
  // A process that was killed before its run had a card has left nothing else.
  const isLeft = names.length === 1 && names[0] === WRITER && !isBeingWritten(folder);
  if (isLeft) unmark(folder);
  return isLeft || names.length === 0;
}

/** Throws an InputError if `tag` cannot name a folder on every system that a run may be copied to. */
export function checkTag(tag: string): void {
  const problem = tagProblem(tag);
  if (problem === null) return;
  const shown = JSON.stringify(tag.length > 40 ? `${tag.slice(0, 40)}…` : tag);
  throw new InputError(words`${option('tag')} ${shown} ${problem}: choose a short name such as run1.`);
}

function tagProblem(tag: string): string | Words | null {
  if (tag === '') return 'is empty';
  if (tag.length > LONGEST_TAG) return `has ${tag.length} characters, more than ${LONGEST_TAG}`;
  if (/[/\\]/.test(tag))
    return words`has a path separator, but a tag is one folder inside ${option('logDir')}`;
  if (/\p{Cc}/u.test(tag)) return 'has a control character';
  if (/[<>:"|?*]/.test(tag)) return 'has one of < > : " | ? *, which Windows does not allow in names';
  if (tag.startsWith('-')) return 'starts with "-" and would be taken for a flag';
  if (/^\.+$/.test(tag)) return 'is a directory reference, not a name';
  if (/^\s|[.\s]$/.test(tag)) return 'starts with a space or ends with a dot or space';
  if (/^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i.test(tag)) return 'is a device name on Windows';
  return null;
}

function claimNextFree(logDir: string, method: string): ClaimedFolder {
  for (let n = 1; ; n++) {
    const tag = `${method}-${n}`;
    const folder = join(logDir, tag);
    if (makeFolder(folder)) return { tag, folder, place: null };
  }
}

/** Makes the folder; false if something has that name. */
function makeFolder(folder: string): boolean {
  try {
    mkdirSync(folder);
    return true;
  } catch (error) {
    if (isSystemError(error) && error.code === 'EEXIST') return false;
    if (isDiskFault(error)) throw error;
    throw new InputError(
      words`The run's folder ${folder} cannot be made (${reasonOf(error)}): choose another ${option('logDir')} or ${option('tag')}.`,
    );
  }
}

function makeLogDir(logDir: string): void {
  try {
    makeFolders(resolve(logDir));
  } catch (error) {
    if (isDiskFault(error)) throw error;
    throw new InputError(
      words`The log directory ${logDir} cannot be made (${reasonOf(error)}): choose another ${option('logDir')}.`,
    );
  }
}

/** As mkdir's `recursive`, which never returns where the system refuses with ENOENT (Node 20, below /proc). */
function makeFolders(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
  if (dirname(path) !== path) makeFolders(dirname(path));
  try {
    mkdirSync(path);
  } catch (error) {
    // Another process may have made it in between.
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) throw error;
  }
}

function requireRun(folder: string): void {
  if (!lstatSync(folder).isDirectory() || !isRunFolder(folder)) {
    throw new InputError(
      words`${folder} is not a kindred run (no run.json, no checkpoint/), so ${option('overwrite')} leaves it alone: choose another ${option('tag')}.`,
    );
  }
}

function taken(folder: string): InputError {
  return new InputError(
    words`${folder} exists already: finish it with ${option('resume')}, replace it with ${option('overwrite')}, or choose another ${option('tag')}.`,
  );
}
