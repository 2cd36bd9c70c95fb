// A run's own folder, LOG_DIR/TAG. Making a directory is atomic: of two runs that claim one name at the same
// moment, the file system lets one have it.
import { lstatSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { InputError } from '../core/errors.js';
import { isRunFolder } from './card.js';
import { isSystemError, reasonOf } from './system-error.js';

export interface ClaimOptions {
  /** Names the run where no tag is given: `autoencoder-1`. */
  readonly method: string;
  /** Replace a run that has the tag already. */
  readonly overwrite: boolean;
}

export interface ClaimedFolder {
  readonly tag: string;
  readonly folder: string;
}

const LONGEST_TAG = 128;

/**
 * Makes the new, empty folder of a run; without a tag, the next free `<method>-<n>`. Throws an InputError if
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
  if (makeFolder(folder)) return { tag, folder };
  if (!overwrite) throw taken(folder);
  removeRun(folder);
  if (!makeFolder(folder)) throw taken(folder);
  return { tag, folder };
}

/** Throws an InputError if `tag` cannot name a folder on every system that a run may be copied to. */
export function checkTag(tag: string): void {
  const problem = tagProblem(tag);
  if (problem === null) return;
  const shown = JSON.stringify(tag.length > 40 ? `${tag.slice(0, 40)}…` : tag);
  throw new InputError(`--tag ${shown} ${problem}: choose a short name such as run1.`);
}

function tagProblem(tag: string): string | null {
  if (tag === '') return 'is empty';
  if (tag.length > LONGEST_TAG) return `has ${tag.length} characters, more than ${LONGEST_TAG}`;
  if (/[/\\]/.test(tag)) return 'has a path separator, but a tag is one folder inside --log_dir';
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
    if (makeFolder(folder)) return { tag, folder };
  }
}

/** Makes the folder; false if something has that name. */
function makeFolder(folder: string): boolean {
  try {
    mkdirSync(folder);
    return true;
  } catch (error) {
    if (isSystemError(error) && error.code === 'EEXIST') return false;
    throw new InputError(
      `The run's folder ${folder} cannot be made (${reasonOf(error)}): choose another --log_dir or --tag.`,
    );
  }
}

function makeLogDir(logDir: string): void {
  try {
    makeFolders(resolve(logDir));
  } catch (error) {
    throw new InputError(
      `The log directory ${logDir} cannot be made (${reasonOf(error)}): choose another --log_dir.`,
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

function removeRun(folder: string): void {
  const found = lstatSync(folder, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isDirectory() || !isRunFolder(folder)) {
    throw new InputError(
      `${folder} is not a kindred run (no run.json, no checkpoint/), so --overwrite leaves it alone: choose another --tag.`,
    );
  }
  try {
    rmSync(folder, { recursive: true });
  } catch (error) {
    throw new InputError(`${folder} cannot be removed (${reasonOf(error)}): choose another --tag.`);
  }
}

function taken(folder: string): InputError {
  return new InputError(
    `${folder} exists already: finish it with --resume, replace it with --overwrite, or choose another --tag.`,
  );
}
