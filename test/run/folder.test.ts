import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '#kindred/core/errors.js';
import { checkTag, claimRunFolder, takePlace } from '#kindred/run/files/folder.js';
import { temporaryFolder } from '../support/folders.js';

const plain = { method: 'autoencoder', overwrite: false };
const overwrite = { method: 'autoencoder', overwrite: true };

describe('claiming a run folder', () => {
  it('takes the next free number of the method', () => {
    const logDir = join(temporaryFolder(), 'new', 'runs');
    expect(claimRunFolder(logDir, undefined, plain)).toEqual({
      tag: 'autoencoder-1',
      folder: join(logDir, 'autoencoder-1'),
      place: null,
    });
    writeFileSync(join(logDir, 'autoencoder-2'), 'a file takes the name too');
    expect(claimRunFolder(logDir, undefined, plain).tag).toBe('autoencoder-3');
    expect(claimRunFolder(logDir, undefined, { ...plain, method: 'kmeans' }).tag).toBe('kmeans-1');
  });

  it('takes the tag it is given, once', () => {
    const logDir = temporaryFolder();
    expect(claimRunFolder(logDir, 'run1', plain).folder).toBe(join(logDir, 'run1'));
    expect(() => claimRunFolder(logDir, 'run1', plain)).toThrow(InputError);
    expect(() => claimRunFolder(logDir, 'run1', plain)).toThrow(/resume.*overwrite.*another tag/);
  });

  it('gives processes that claim at once different folders', async () => {
    const logDir = temporaryFolder();
    const module = import.meta.resolve('#kindred/run/files/folder.js');
    const program = `
      import { claimRunFolder } from ${JSON.stringify(module)};
      for (let i = 0; i < 20; i++) console.log(claimRunFolder(${JSON.stringify(logDir)}, undefined, ${JSON.stringify(plain)}).tag);
    `;
    const claim = async (): Promise<string> => {
      const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let output = '';
      for await (const piece of child.stdout) output += piece;
      return output;
    };
    const tags = (await Promise.all([claim(), claim(), claim()])).join('').trim().split('\n');
    expect(tags).toHaveLength(60);
    expect(new Set(tags).size).toBe(60);
  });

  it('overwrites a run', () => {
    const logDir = temporaryFolder();
    for (const [tag, mark] of [
      ['whole', 'run.json'],
      ['cut-off', 'checkpoint/'],
    ]) {
      mkdirSync(join(logDir, tag, 'checkpoint'), { recursive: true });
      if (mark === 'run.json') writeFileSync(join(logDir, tag, mark), '{');
      const { folder, place } = claimRunFolder(logDir, tag, overwrite);
      expect(place).toBe(join(logDir, tag));
      expect(existsSync(join(logDir, tag, 'checkpoint'))).toBe(true);
      takePlace(folder, join(logDir, tag));
      expect(readdirSync(join(logDir, tag))).toEqual([]);
    }
    expect(claimRunFolder(logDir, 'new', overwrite).tag).toBe('new');
  });

  it('overwrites nothing that is not a run', () => {
    const logDir = temporaryFolder();
    mkdirSync(join(logDir, 'photos'));
    writeFileSync(join(logDir, 'photos', 'cat.png'), 'precious');
    writeFileSync(join(logDir, 'letter'), 'precious');
    mkdirSync(join(logDir, 'elsewhere', 'checkpoint'), { recursive: true });
    symlinkSync(join(logDir, 'elsewhere'), join(logDir, 'link'));
    for (const tag of ['photos', 'letter', 'link']) {
      expect(() => claimRunFolder(logDir, tag, overwrite)).toThrow(/is not a kindred run .* leaves it alone/);
    }
    expect(existsSync(join(logDir, 'photos', 'cat.png'))).toBe(true);
    expect(existsSync(join(logDir, 'letter'))).toBe(true);
    expect(existsSync(join(logDir, 'link', 'checkpoint'))).toBe(true);
  });

  it('refuses a log directory that is a file or cannot be made', () => {
    const folder = temporaryFolder();
    const file = join(folder, 'file');
    writeFileSync(file, '');
    for (const logDir of [file, join(file, 'below'), '/proc/kindred-runs/deep']) {
      expect(() => claimRunFolder(logDir, undefined, plain)).toThrow(InputError);
      expect(() => claimRunFolder(logDir, undefined, plain)).toThrow(
        /cannot be made \(.*choose another logDir/,
      );
    }
  });
});

describe('tags', () => {
  it.each(['run1', 'autoencoder-12', 'with space', 'a.b', 'Übung', '数字', '😀', 'x'.repeat(128)])(
    'takes %j',
    (tag) => {
      checkTag(tag);
      expect(claimRunFolder(temporaryFolder(), tag, plain).tag).toBe(tag);
    },
  );

  it.each([
    ['', /is empty/],
    ['.', /not a name/],
    ['..', /not a name/],
    ['a/b', /path separator/],
    ['a\\b', /path separator/],
    ['../a', /path separator/],
    ['-tag', /starts with "-"/],
    ['a\nb', /control character/],
    ['a\u0000b', /control character/],
    ['a\u009bb', /control character/],
    ['a:b', /Windows does not allow/],
    ['what?', /Windows does not allow/],
    ['a.', /ends with a dot/],
    [' ', /space/],
    ['NUL', /device name/],
    ['com1.txt', /device name/],
    ['x'.repeat(129), /has 129 characters, more than 128/],
  ])('refuses %j in one line', (tag, message) => {
    expect(() => checkTag(tag)).toThrow(InputError);
    expect(() => checkTag(tag)).toThrow(message);
    expect(() => checkTag(tag)).toThrow(/^[^\n]*$/);
  });

  it('never leads out of the log directory, whatever the tag', () => {
    const logDir = join(temporaryFolder(), 'runs');
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 6 }), (tag) => {
        try {
          const { folder } = claimRunFolder(logDir, tag, plain);
          expect(readdirSync(logDir)).toContain(tag);
          expect(existsSync(folder)).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
        }
      }),
      { numRuns: 200 },
    );
  });
});
