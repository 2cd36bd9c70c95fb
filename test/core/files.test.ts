import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bytesOf, writeFileAtomic } from '#kindred/core/files.js';
import { temporaryFolder } from '../support/folders.js';

describe('writing a file', () => {
  it('joins its parts and leaves nothing else behind', () => {
    const folder = temporaryFolder();
    const path = join(folder, 'new', 'folders', 'file.bin');
    writeFileAtomic(path, 'zwölf', Uint8Array.of(0, 255), '');
    expect(readFileSync(path)).toEqual(Buffer.from([...Buffer.from('zwölf'), 0, 255]));
    expect(readdirSync(join(folder, 'new', 'folders'))).toEqual(['file.bin']);
  });

  it('replaces an old file', () => {
    const path = join(temporaryFolder(), 'file.txt');
    writeFileAtomic(path, 'a long first version');
    writeFileAtomic(path, 'second');
    expect(readFileSync(path, 'utf8')).toBe('second');
  });

  it('keeps the old file when a part cannot be written', () => {
    const folder = temporaryFolder();
    const path = join(folder, 'file.txt');
    writeFileAtomic(path, 'old');
    // A disk that fails in the middle, as nearly as a test can have one.
    const broken = new Proxy(new Uint8Array(8), {
      get() {
        throw new Error('input/output error');
      },
    });
    expect(() => writeFileAtomic(path, 'new', broken)).toThrow('input/output error');
    expect(readFileSync(path, 'utf8')).toBe('old');
    expect(readdirSync(folder)).toEqual(['file.txt']);
  });

  it('leaves no file at all when it cannot take its place', () => {
    const folder = temporaryFolder();
    const path = join(folder, 'taken');
    mkdirSync(path);
    writeFileSync(join(path, 'inside'), 'kept');
    expect(() => writeFileAtomic(path, 'new')).toThrow();
    expect(readdirSync(folder)).toEqual(['taken']);
    expect(existsSync(join(path, 'inside'))).toBe(true);
  });

  // Open files are listed there on Linux alone.
  it.skipIf(!existsSync('/proc/self/fd'))('closes its file when it fails', () => {
    const path = join(temporaryFolder(), 'file.txt');
    const broken = new Proxy(new Uint8Array(8), {
      get() {
        throw new Error('input/output error');
      },
    });
    const open = readdirSync('/proc/self/fd').length;
    for (let attempt = 0; attempt < 20; attempt++) expect(() => writeFileAtomic(path, broken)).toThrow();
    expect(readdirSync('/proc/self/fd').length).toBeLessThan(open + 10);
  });
});

describe('the bytes of an array', () => {
  it('are a view of its own part of the buffer', () => {
    const values = Float32Array.of(1, 2, 3).subarray(1, 2);
    expect([...bytesOf(values)]).toEqual([0, 0, 0, 64]);
    bytesOf(values)[3] = 65;
    expect(values[0]).toBe(8);
  });
});
