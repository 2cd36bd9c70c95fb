// One program at a time: a file that exists while somebody is at work. It names its maker, so that the lock of a program
// that died is known for what it is and taken over.
import { closeSync, openSync, readFileSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { InputError } from './errors.js';

/** A lock is held for the length of one write; whoever waits longer is told. */
const LONGEST_WAIT_MILLISECONDS = 2000;
const PAUSE_MILLISECONDS = 20;
/** After that a lock is a dead program's, where its maker cannot be looked at. */
const OLDEST_MILLISECONDS = 60_000;

/**
 * Does `work` while no other program works under the lock at `path`. Throws an InputError that names `what` if another does
 * and goes on doing so.
 */
export function withLock<T>(path: string, what: string, work: () => T): T {
  const mine = describeSelf();
  const giveUpAt = performance.now() + LONGEST_WAIT_MILLISECONDS;
  while (!taken(path, mine)) {
    if (performance.now() > giveUpAt) {
      const pid = makerOf(readLock(path) ?? '')?.pid;
      const who = pid === undefined ? 'another program' : `another program (process ${pid})`;
      throw new InputError(`${what} is being edited by ${who}: close it, or do it again in a moment.`);
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MILLISECONDS);
  }
  try {
    return work();
  } finally {
    rmSync(path, { force: true });
  }
}

function taken(path: string, mine: string): boolean {
  try {
    const file = openSync(path, 'wx');
    try {
      writeSync(file, mine);
    } catch (error) {
      // A full disk takes the name and not the text.
      rmSync(path, { force: true });
      throw error;
    } finally {
      closeSync(file);
    }
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const theirs = readLock(path);
  if (theirs !== null && isDead(path, theirs)) removeDead(path, theirs);
  return false;
}

/** Null where it is gone by now. */
function readLock(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return null;
  }
}

/** Takes the lock away, and gives it back where it is another's by now. */
function removeDead(path: string, theirs: string): void {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return;
  }
  if (readLock(aside) === theirs) rmSync(aside, { force: true });
  else renameSync(aside, path);
}

interface Maker {
  readonly pid: number;
  readonly started: string | null;
  readonly host: string;
}

function makerOf(lock: string): Maker | null {
  try {
    const maker = JSON.parse(lock);
    return Number.isInteger(maker?.pid) ? maker : null;
  } catch {
    return null;
  }
}

/** This process, so that another can tell whether it is at work still. */
export function describeSelf(): string {
  return JSON.stringify({ pid: process.pid, started: startOf(process.pid), host: hostname() });
}

/** Is the process at work that described itself so? Null where that cannot be known. */
export function isAtWork(described: string): boolean | null {
  const maker = makerOf(described);
  if (maker === null || maker.host !== hostname()) return null;
  if (!isAlive(maker.pid)) return false;
  // A number is given to another process one day, which began at another time.
  const started = startOf(maker.pid);
  return started === null || maker.started === null ? null : started === maker.started;
}

function isDead(path: string, lock: string): boolean {
  const isMakerAtWork = isAtWork(lock);
  if (isMakerAtWork !== null) return !isMakerAtWork;
  const made = statSync(path, { throwIfNoEntry: false });
  return made !== undefined && Date.now() - made.mtimeMs > OLDEST_MILLISECONDS;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** When a process began, in ticks since the machine did; null where the system does not tell (proc(5), field 22). */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}
