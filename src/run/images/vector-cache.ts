// What an encoder made of pictures, kept between runs and programs: a folder an encoder, in it segments (vector-segment.ts). Each
// program appends to a segment of its own, so that two never write one file; whatever is damaged is left out and
// made anew. The cache is a convenience: nothing that happens to it ends a run.
import { hash, randomBytes } from 'node:crypto';
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { isMissing, reasonOf } from '../files/system-error.js';
import {
  appendTo,
  type Block,
  blockOf,
  DamagedSegmentError,
  readBlock,
  readSegment,
  segmentHead,
} from './vector-segment.js';

export interface VectorCache {
  /** float16 (columns) of the picture `key`; null where it is not there. */
  get(key: string): Uint16Array | null;
  /** Keeps float16 (columns) of the picture `key`, 32 bytes as Latin-1. */
  put(key: string, vector: Uint16Array): void;
  /** Writes what is not written yet. One sentence where something could not be kept; null where all is. */
  close(): string | null;
}

export interface CacheLimits {
  /** Bytes of the whole cache: the oldest segments go first. */
  readonly bytes: number;
  /** Bytes from which on a segment is not appended to. */
  readonly segmentBytes: number;
  /** Vectors that are written together, and the milliseconds after which fewer are. */
  readonly atOnce: number;
  readonly milliseconds: number;
}

const LIMITS: CacheLimits = { bytes: 2e9, segmentBytes: 2 ** 26, atOnce: 256, milliseconds: 2000 };
const ENDING = '.vectors';
/** Nothing else is looked at, let alone removed: the folder is a person's to choose. */
const FOLDER_NAME = /^[0-9a-f]{32}$/;
/** With the number of the process that appends to it. */
const SEGMENT_NAME = /^[0-9a-f]{12}\.vectors(\.\d+)?$/;
/** Blocks of vectors in memory: pictures are asked for in about the order in which they were kept. */
const BLOCKS_IN_MEMORY = 8;

/**
 * The folder of the cache: $KINDRED_CACHE, else the system's folder for caches; null where it is `off` or there is none. A relative
 * XDG_CACHE_HOME is none, as the XDG Base Directory Specification says.
 */
export function cacheFolder(
  environment: Readonly<Record<string, string | undefined>> = process.env,
  platform: NodeJS.Platform = process.platform,
  home: () => string = homedir,
): string | null {
  const own = environment.KINDRED_CACHE ?? '';
  if (own === 'off') return null;
  if (own !== '') return resolve(own);
  try {
    return join(systemFolder(environment, platform, home), 'kindred');
  } catch {
    // A user without a home.
    return null;
  }
}

function systemFolder(
  environment: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform,
  home: () => string,
): string {
  const named = environment[platform === 'win32' ? 'LOCALAPPDATA' : 'XDG_CACHE_HOME'] ?? '';
  if (isAbsolute(named)) return named;
  if (platform === 'win32') return join(home(), 'AppData', 'Local');
  return platform === 'darwin' ? join(home(), 'Library', 'Caches') : join(home(), '.cache');
}

interface Held {
  readonly file: number;
  readonly path: string;
  readonly columns: number;
}

interface Place {
  readonly segment: Held;
  readonly block: Block;
  readonly row: number;
}

/** What is kept of the encoder that `encoder` describes, every word of which matters. `root`: of `cacheFolder`. */
export function openVectorCache(
  root: string,
  encoder: string,
  limits: Partial<CacheLimits> = {},
): VectorCache {
  const { bytes: mostBytes, segmentBytes, atOnce, milliseconds } = { ...LIMITS, ...limits };
  const all = join(root, 'vectors');
  const folder = join(all, hash('sha256', encoder).slice(0, 32));
  const held: Held[] = [];
  const places = new Map<string, Place>();
  /** Segments that nobody appends to, and that may be. */
  const free: Held[] = [];
  const inMemory = new Map<Block, Uint16Array>();
  let pending = new Map<string, Uint16Array>();
  let pendingSince = 0;
  let own: { readonly path: string; bytes: number } | null = null;
  let problem: string | null = null;

  function readAll(): void {
    for (const name of segmentsIn(folder)) {
      const path = join(folder, name);
      try {
        const file = openSync(path, 'r');
        const { columns, blocks, isWhole } = readOrClose(file, path);
        const segment = { file, path, columns };
        held.push(segment);
        for (const block of blocks) {
          block.keys.forEach((key, row) => {
            places.set(key, { segment, block, row });
          });
        }
        if (isWhole && name.endsWith(ENDING) && statSync(path).size < segmentBytes) free.push(segment);
      } catch {
        // Gone by now, not ours to read, or damaged.
      }
    }
  }

  function readOrClose(file: number, path: string) {
    try {
      return readSegment(file);
    } catch (error) {
      closeSync(file);
      if (error instanceof DamagedSegmentError) remove(path);
      throw error;
    }
  }

  function vectorsOf({ segment, block }: Place): Uint16Array {
    const known = inMemory.get(block);
    if (known !== undefined) return known;
    const vectors = readBlock(segment.file, block);
    const oldest = inMemory.keys().next();
    if (inMemory.size >= BLOCKS_IN_MEMORY && !oldest.done) inMemory.delete(oldest.value);
    inMemory.set(block, vectors);
    return vectors;
  }

  /** Leaves out all that a segment holds. */
  function forget(segment: Held): void {
    for (const [key, place] of places) if (place.segment === segment) places.delete(key);
    remove(segment.path);
  }

  /** A segment that is this program's alone: one that nobody appends to, or a new one. */
  function claim(columns: number): { path: string; bytes: number } {
    mkdirSync(folder, { recursive: true });
    for (let segment = free.pop(); segment !== undefined; segment = free.pop()) {
      if (segment.columns !== columns) continue;
      const mine = `${segment.path}.${process.pid}`;
      try {
        // Of two that rename one file, one succeeds.
        renameSync(segment.path, mine);
        return { path: mine, bytes: statSync(mine).size };
      } catch {
        // Another program has it, or holds it open.
      }
    }
    const path = join(folder, `${randomBytes(6).toString('hex')}${ENDING}.${process.pid}`);
    const head = segmentHead(columns);
    writeFileSync(path, head, { flag: 'wx' });
    return { path, bytes: head.length };
  }

  function release(): void {
    if (own === null) return;
    try {
      renameSync(own.path, own.path.slice(0, own.path.lastIndexOf('.')));
    } catch {
      // It stays as it is called: it is read under this name too.
    }
    own = null;
  }

  function flush(): void {
    const [keys, vectors] = [[...pending.keys()], [...pending.values()]];
    pending = new Map();
    if (keys.length === 0 || problem !== null) return;
    try {
      const block = blockOf(keys, vectors);
      append(block, vectors[0].length);
      if ((own?.bytes ?? 0) < segmentBytes) return;
      release();
      evict(all, mostBytes);
    } catch (error) {
      problem = `vectors could not be kept in ${folder} for another time (${reasonOf(error)})`;
      // Nobody appends to what was written in part: it keeps the name that it has.
      own = null;
    }
  }

  function append(block: Uint8Array, columns: number): void {
    own ??= claim(columns);
    try {
      appendTo(own.path, block);
    } catch (error) {
      if (!isMissing(error)) throw error;
      // Another program made room, or somebody emptied the cache.
      own = claim(columns);
      appendTo(own.path, block);
    }
    own.bytes += block.length;
  }

  readAll();
  return {
    get(key) {
      const waiting = pending.get(key);
      if (waiting !== undefined) return waiting;
      const place = places.get(key);
      if (place === undefined) return null;
      const { row, segment } = place;
      try {
        return vectorsOf(place).slice(row * segment.columns, (row + 1) * segment.columns);
      } catch {
        forget(segment);
        return null;
      }
    },
    put(key, vector) {
      if (problem !== null) return;
      if (pending.size === 0) pendingSince = performance.now();
      pending.set(key, vector);
      if (pending.size >= atOnce || performance.now() - pendingSince >= milliseconds) flush();
    },
    close() {
      flush();
      release();
      evict(all, mostBytes);
      for (const { file } of held) closeSync(file);
      return problem;
    },
  };
}

/** Removes the oldest segments, of whatever encoder, until all take no more than `mostBytes`. */
function evict(all: string, mostBytes: number): void {
  const segments = filesIn(all)
    .filter((name) => FOLDER_NAME.test(name))
    .flatMap((folder) => segmentsIn(join(all, folder)).map((name) => join(all, folder, name)))
    .flatMap((path) => {
      const status = statSync(path, { throwIfNoEntry: false });
      return status === undefined ? [] : [{ path, bytes: status.size, time: status.mtimeMs }];
    })
    .sort((a, b) => a.time - b.time);
  let bytes = segments.reduce((sum, segment) => sum + segment.bytes, 0);
  for (const segment of segments) {
    if (bytes <= mostBytes) return;
    remove(segment.path);
    bytes -= segment.bytes;
  }
}

function segmentsIn(folder: string): string[] {
  return filesIn(folder).filter((name) => SEGMENT_NAME.test(name));
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

function remove(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // It is not ours, or held open; it is looked at again next time.
  }
}
