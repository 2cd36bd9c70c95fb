// The cache of vectors: what happens to folders of caches happens to this one too, and costs at most some encoding.
import { spawn } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cacheFolder, openVectorCache } from '#kindred/run/images/vector-cache.js';
import { temporaryFolder } from '../support/folders.js';

const COLUMNS = 5;
const keyOf = (picture: number) => `picture ${picture}`.padEnd(32, '\xff');
const vectorOf = (picture: number) => Uint16Array.from({ length: COLUMNS }, (_, at) => picture * 7 + at);

/** Keeps the pictures `first` … `end` − 1, two a block. */
function keep(root: string, first: number, end: number, encoder = 'e', limits = {}): string | null {
  const cache = openVectorCache(root, encoder, { atOnce: 2, ...limits });
  for (let picture = first; picture < end; picture++) cache.put(keyOf(picture), vectorOf(picture));
  return cache.close();
}

/** Which of the pictures 0 … `count` − 1 are there; each must be what was kept. */
function known(root: string, count: number, encoder = 'e'): number[] {
  const cache = openVectorCache(root, encoder);
  const found = Array.from({ length: count }, (_, picture) => picture).filter((picture) => {
    const vector = cache.get(keyOf(picture));
    if (vector !== null) expect(vector).toEqual(vectorOf(picture));
    return vector !== null;
  });
  expect(cache.close()).toBe(null);
  return found;
}

function segments(root: string): string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.includes('.vectors'))
    .map((path) => join(root, path));
}

const upTo = (count: number) => Array.from({ length: count }, (_, at) => at);

describe('the cache of vectors', () => {
  it('gives back what was kept, before it is written and after', () => {
    const root = temporaryFolder();
    const cache = openVectorCache(root, 'e');
    cache.put(keyOf(3), vectorOf(3));
    expect([cache.get(keyOf(3)), cache.get(keyOf(4))]).toEqual([vectorOf(3), null]);
    expect(cache.close()).toBe(null);
    expect(known(root, 5)).toEqual([3]);
  });

  it('appends to one segment, program after program', () => {
    const root = temporaryFolder();
    for (const start of [0, 3, 6]) keep(root, start, start + 3);
    expect(segments(root)).toHaveLength(1);
    expect(known(root, 9)).toEqual(upTo(9));
  });

  it('knows nothing of another encoder', () => {
    const root = temporaryFolder();
    keep(root, 0, 4);
    expect(known(root, 4, 'another')).toEqual([]);
  });

  it('is written while the work goes on, so that what is broken off finds it', () => {
    const root = temporaryFolder();
    const cache = openVectorCache(root, 'e', { atOnce: 2 });
    for (const picture of upTo(5)) cache.put(keyOf(picture), vectorOf(picture));
    expect(known(root, 5)).toEqual([0, 1, 2, 3]);
    cache.close();
  });

  it('writes few vectors too once some time is over', async () => {
    const root = temporaryFolder();
    const cache = openVectorCache(root, 'e', { milliseconds: 0 });
    cache.put(keyOf(0), vectorOf(0));
    expect(known(root, 1)).toEqual([0]);
    cache.close();
  });

  it.each([
    [
      'cut off in its last block',
      (path: string) => truncateSync(path, readFileSync(path).length - 3),
      [0, 1],
    ],
    ['cut off in the head of a block', (path: string) => appendFileSync(path, 'KBLK'), upTo(4)],
    ['cut off in its own head', (path: string) => truncateSync(path, 9), []],
    ['empty', (path: string) => truncateSync(path, 0), []],
  ])(
    'a segment that is %s: what is whole is known, and nothing is appended behind the rest',
    (_, damage, left) => {
      const root = temporaryFolder();
      keep(root, 0, 4);
      const [path] = segments(root);
      damage(path);
      expect(known(root, 4)).toEqual(left);
      keep(root, 4, 6);
      expect(known(root, 6)).toEqual([...left, 4, 5]);
      expect(segments(root)).toHaveLength(2);
    },
  );

  it.each([
    ['other bytes', () => Buffer.from('no segment at all, but long enough')],
    ['zeros behind a power failure', (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc(4096)])],
    [
      'a count that is too large',
      (bytes: Buffer) => {
        bytes.writeUInt32LE(0xffffffff, 20);
        return bytes;
      },
    ],
  ])('a segment of %s is left out and removed', (_, damage) => {
    const root = temporaryFolder();
    keep(root, 0, 4);
    const [path] = segments(root);
    writeFileSync(path, damage(readFileSync(path)));
    expect(known(root, 4)).toEqual([]);
    expect(existsSync(path)).toBe(false);
  });

  it('a vector with a bit turned over is never given out', () => {
    const root = temporaryFolder();
    keep(root, 0, 4);
    const [path] = segments(root);
    const bytes = readFileSync(path);
    bytes[bytes.length - 1] ^= 4;
    writeFileSync(path, bytes);
    // The block before it is whole; with the damage found, all of the segment goes.
    expect(known(root, 4)).toEqual([0, 1]);
    expect(existsSync(path)).toBe(false);
    expect(known(root, 4)).toEqual([]);
  });

  it('two at once write two segments, and both are known', () => {
    const root = temporaryFolder();
    keep(root, 0, 2);
    const caches = [0, 1].map(() => openVectorCache(root, 'e', { atOnce: 2 }));
    for (const picture of upTo(10)) caches[picture % 2].put(keyOf(2 + picture), vectorOf(2 + picture));
    for (const cache of caches) expect(cache.close()).toBe(null);
    expect(segments(root)).toHaveLength(2);
    expect(known(root, 12)).toEqual(upTo(12));
  });

  it('processes at once lose nothing', async () => {
    const root = temporaryFolder();
    const program = `
      import { openVectorCache } from '#kindred/run/images/vector-cache.js';
      const first = Number(process.argv[1]);
      for (let round = 0; round < 5; round++) {
        const cache = openVectorCache(${JSON.stringify(root)}, 'e', { atOnce: 3 });
        for (let picture = first + round * 20; picture < first + round * 20 + 20; picture++) {
          cache.put(('picture ' + picture).padEnd(32, '\\xff'), Uint16Array.from({ length: ${COLUMNS} }, (_, at) => picture * 7 + at));
        }
        if (cache.close() !== null) process.exit(1);
      }`;
    const codes = await Promise.all(
      [0, 100, 200].map(
        (first) =>
          new Promise((resolve) => {
            const words = ['--input-type=module', '-e', program, String(first)];
            spawn(process.execPath, words, { stdio: 'inherit' }).on('close', resolve);
          }),
      ),
    );
    expect(codes).toEqual([0, 0, 0]);
    expect(known(root, 300)).toEqual(upTo(300));
    expect(segments(root).length).toBeLessThanOrEqual(3);
  });

  it('goes on in a new segment where somebody empties it meanwhile', () => {
    const root = temporaryFolder();
    const cache = openVectorCache(root, 'e', { atOnce: 2 });
    for (const picture of upTo(2)) cache.put(keyOf(picture), vectorOf(picture));
    rmSync(join(root, 'vectors'), { recursive: true });
    for (const picture of [2, 3]) cache.put(keyOf(picture), vectorOf(picture));
    expect(cache.close()).toBe(null);
    expect(known(root, 4)).toEqual([2, 3]);
  });

  it('is bounded: the oldest segments go first, whatever encoder they are of, and nothing that is not its own', () => {
    const root = temporaryFolder();
    const small = { segmentBytes: 1 };
    keep(root, 0, 2, 'old', small);
    const oldest = segments(root);
    keep(root, 0, 2, 'e', small);
    for (const path of segments(root)) utimesSync(path, 2, oldest.includes(path) ? 1 : 2);
    mkdirSync(join(root, 'vectors', 'mine'));
    const mine = ['vectors/mine/000000000000.vectors', 'vectors/notes.txt'].map((path) => join(root, path));
    for (const path of mine) {
      writeFileSync(path, Buffer.alloc(1000));
      utimesSync(path, 0, 0);
    }
    const [segment] = segments(root).filter((path) => !path.includes('mine'));
    const { length } = readFileSync(segment);
    keep(root, 2, 4, 'e', { ...small, bytes: 2 * length });
    expect([known(root, 2, 'old'), known(root, 4)]).toEqual([[], [0, 1, 2, 3]]);
    keep(root, 4, 6, 'e', { ...small, bytes: 2 * length });
    expect(known(root, 6)).toEqual([2, 3, 4, 5]);
    expect(mine.every((path) => existsSync(path))).toBe(true);
  });

  it('says in one sentence where nothing can be kept, and goes on', () => {
    const root = join(temporaryFolder(), 'file');
    writeFileSync(root, '');
    expect(keep(root, 0, 4)).toMatch(/^vectors could not be kept in .*file.* \(.*not a directory\)$/);
    expect(known(root, 4)).toEqual([]);
  });

  it.skipIf(process.getuid?.() === 0)('reads a folder that it may not write', () => {
    const root = temporaryFolder();
    keep(root, 0, 4);
    const [path] = segments(root);
    chmodSync(join(path, '..'), 0o500);
    expect(known(root, 4)).toEqual(upTo(4));
    expect(keep(root, 4, 6)).toContain('permission denied');
    chmodSync(join(path, '..'), 0o700);
  });
});

describe('where it is', () => {
  const home = () => '/home/ann';
  it.each([
    ['linux', {}, '/home/ann/.cache/kindred'],
    ['linux', { XDG_CACHE_HOME: '/fast' }, '/fast/kindred'],
    ['linux', { XDG_CACHE_HOME: 'fast' }, '/home/ann/.cache/kindred'],
    ['linux', { XDG_CACHE_HOME: '' }, '/home/ann/.cache/kindred'],
    ['darwin', {}, '/home/ann/Library/Caches/kindred'],
    ['win32', { LOCALAPPDATA: '/local' }, '/local/kindred'],
    ['win32', {}, '/home/ann/AppData/Local/kindred'],
    ['linux', { KINDRED_CACHE: '/own', XDG_CACHE_HOME: '/fast' }, '/own'],
    ['linux', { KINDRED_CACHE: 'off' }, null],
    ['linux', { KINDRED_CACHE: '' }, '/home/ann/.cache/kindred'],
  ] as const)('on %s with %o: %s', (platform, environment, folder) => {
    expect(cacheFolder(environment, platform, home)).toBe(folder);
  });

  it('is nowhere for a user without a home', () => {
    const none = () => {
      throw new Error('no home');
    };
    expect(cacheFolder({}, 'linux', none)).toBe(null);
  });
});
