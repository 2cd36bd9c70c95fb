// Piles out of public bug reports whose files were lost in silence, or read wrongly, through the command line.
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { unpackCase } from '../support/cases.js';
import { type Ended, runKindred } from '../support/command-line.js';
import { sharedFolder } from '../support/folders.js';

const shared = sharedFolder();

/** The files of a case, in a folder of its own. */
function caseFolder(name: string): string {
  const folder = join(shared, name);
  mkdirSync(folder);
  return unpackCase(name, folder);
}

function train(cwd: string, tag: string, ...words: string[]): Promise<Ended> {
  return runKindred(['train', ...words, '--quality', 'fast', '--log-dir', 'out', '--tag', tag], { cwd });
}

/** The cells of a table of a run; no cell of these holds a comma or a quote. */
function rowsOf(cwd: string, tag: string, file: string): string[][] {
  const text = readFileSync(join(cwd, 'out', tag, file), 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => line.split(','));
}

/** The shapes in the names of the files (`012-disc.png`) that each kind has: one a kind where all is right. */
function shapesByKind(cwd: string, tag: string): string[] {
  const shapes = new Map<string, Set<string>>();
  for (const [id, cluster] of rowsOf(cwd, tag, 'assignments.csv')) {
    const shape = /\d+-(\w+)/.exec(id)?.[1] ?? id;
    shapes.set(cluster, (shapes.get(cluster) ?? new Set()).add(shape));
  }
  return [...shapes.values()].map((names) => [...names].sort().join(' and ')).sort();
}

const SIX = ['bars', 'cross', 'disc', 'ring', 'square', 'triangle'];

describe.concurrent('pictures that were read wrongly', () => {
  it('01: white glyphs on transparent ground are seen', async () => {
    const cwd = caseFolder('01-white-on-transparent');
    const { code, stderr } = await train(cwd, 't', 'icons');
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('transparency: on black');
    expect(shapesByKind(cwd, 't')).toEqual(SIX);
  });

  it('02: sixteen bits are stretched by the range of the dataset, for new pictures too', async () => {
    const cwd = caseFolder('02-sixteen-bit');
    const { code, stderr } = await train(cwd, 't', 'scans', '--num-clusters', '6');
    expect(code, stderr).toBe(0);
    expect(stderr).toMatch(/depth: more than 8 bits on 100 % .* values \d+ to \d+ stretched/);
    expect(shapesByKind(cwd, 't')).toEqual(SIX);
    const { framing } = JSON.parse(readFileSync(join(cwd, 'out/t/run.json'), 'utf8'));
    const [least, most] = framing.ranges.ushort;
    expect(least).toBeGreaterThan(800);
    expect(most).toBeLessThan(1200);
    // One picture alone has another range than the pile.
    const file = rowsOf(cwd, 't', 'assignments.csv')[3];
    const predicted = await runKindred(['predict', 'out/t', join('scans', file[0])], { cwd });
    expect(predicted.stdout.split('\n')[1].split(',').slice(0, 2)).toEqual([file[0], file[1]]);
  });

  it('20: an animation whose first frame is blank shows a later one', async () => {
    const cwd = caseFolder('20-animations');
    const { code, stderr } = await train(cwd, 't', 'stickers');
    expect(code, stderr).toBe(0);
    expect(shapesByKind(cwd, 't')).toEqual(SIX);
  });

  it('26 and 31: JPEGs that are kept in RGB, and BMPs with palettes, have the colours that they have', async () => {
    const cwd = caseFolder('31-indexed-bmp');
    unpackCase('26-rgb-jpeg', cwd);
    const { code, stderr } = await train(cwd, 't', 'grey8', 'red8', 'bw1', 'pics', '--color', 'gray');
    expect(code, stderr).toBe(0);
    expect(stderr).not.toContain('skipped');
    expect(shapesByKind(cwd, 't')).toEqual(SIX);
  });
});

describe.concurrent('files that were left out in silence', () => {
  it('03: what is no picture is counted and listed, and a picture is known without its name', async () => {
    const cwd = caseFolder('03-formats-left-out');
    const folder = join(cwd, 'photos');
    copyFileSync(join(folder, '000-disc.png'), join(folder, '900-disc.dat'));
    copyFileSync(join(folder, '003-bars.png'), join(folder, '901-bars'));
    writeFileSync(join(folder, 'notes.txt'), 'nothing to see');
    writeFileSync(join(folder, 'Thumbs.db'), 'nothing to see');
    const { code, stderr } = await train(cwd, 't', 'photos');
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('skipped: 20 pictures that cannot be read');
    expect(stderr).toMatch(
      /passed over: 2 files .* 1 × a helper file of the system; 1 × no picture \(\.txt\)/,
    );
    const skipped = readFileSync(join(cwd, 'out/t/skipped.csv'), 'utf8').trim().split('\n').slice(1);
    expect(skipped.filter((row) => /^\d+-\w+\.heic,it is HEIC/.test(row.replace('"', '')))).toHaveLength(20);
    expect(skipped.slice(-2)).toEqual([
      'Thumbs.db,a helper file of the system',
      'notes.txt,no picture (.txt)',
    ]);
    const ids = rowsOf(cwd, 't', 'assignments.csv').map(([id]) => id);
    expect(ids).toHaveLength(42);
    expect(ids).toEqual(expect.arrayContaining(['900-disc.dat', '901-bars']));
    const card = JSON.parse(readFileSync(join(cwd, 'out/t/run.json'), 'utf8'));
    expect(card.data).toMatchObject({ count: 42, skipped: 20, passedOver: 2 });
  });

  it('09: each page of a TIFF is a picture, and that is said', async () => {
    const cwd = caseFolder('09-tiff-stack');
    const { code, stderr } = await train(cwd, 't', 'stack.tif', 'plates');
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('pages: each page of a file is a picture of its own');
    const ids = rowsOf(cwd, 't', 'assignments.csv').map(([id]) => id);
    expect(ids).toHaveLength(120);
    expect(ids.filter((id) => id.includes('stack.tif')).slice(0, 2)).toEqual([
      expect.stringMatching(/stack\.tif$/),
      expect.stringMatching(/stack\.tif#2$/),
    ]);
    expect((await runKindred(['export', 'out/t', '--to', 'folders'], { cwd })).code).toBe(0);
    const exported = readdirSync(join(cwd, 'out/t/export/folders'), { recursive: true }).map(String);
    // Each page on its own, and not the whole file again and again.
    expect(exported.filter((name) => /stack\.tif(#\d+)?\.png$/.test(name))).toHaveLength(60);
  });

  it('19: the runs inside of a pile are no part of it, nor is what --exclude names', async () => {
    const cwd = caseFolder('19-run-inside-pile');
    const first = await train(cwd, 'a', '.');
    expect(first.code, first.stderr).toBe(0);
    expect((await runKindred(['export', 'out/a', '--to', 'folders'], { cwd })).code).toBe(0);
    mkdirSync(join(cwd, 'thumbs'));
    copyFileSync(join(cwd, '000-disc.png'), join(cwd, 'thumbs/000.png'));
    const again = await train(cwd, 'b', '.', '--exclude', 'thumbs', '--exclude=*-ring.png');
    expect(again.code, again.stderr).toBe(0);
    expect(again.stderr).toMatch(
      /× named by an exclude pattern; 1 × the folder of a run \(it holds run\.json\)/,
    );
    const names = (tag: string) => rowsOf(cwd, tag, 'assignments.csv').map(([id]) => id);
    expect(names('b')).toEqual(names('a').filter((id) => !id.includes('ring')));
    expect(rowsOf(cwd, 'b', 'skipped.csv')).toEqual(
      expect.arrayContaining([
        ['thumbs/', 'named by an exclude pattern'],
        ['out/a/', 'the folder of a run (it holds run.json)'],
      ]),
    );
    // A run opened again is the same pile, though there is one run more.
    const resumed = await runKindred(['eval', 'out/b'], { cwd });
    expect(resumed.stderr).not.toContain('not those');
    const itself = await train(cwd, 'c', 'out/a');
    expect(itself).toMatchObject({ code: 2 });
    expect(itself.stderr).toContain('is the folder of a run, not a dataset');
  });
});

it('what stands in the place of a picture is called by its name (scancode-toolkit #4158, wp2static #199)', async () => {
  const cwd = caseFolder('40-shell-glob');
  const pointer = 'version https://git-lfs.github.com/spec/v1\noid sha256:6fd5d72f\nsize 9\n';
  writeFileSync(join(cwd, 'pics/pointer.png'), pointer);
  writeFileSync(join(cwd, 'pics/page.jpg'), '\n<!DOCTYPE html>\n<html><title>404</title></html>\n');
  const { code } = await train(cwd, 'stand-ins', 'pics');
  expect(code).toBe(0);
  const skipped = readFileSync(join(cwd, 'out/stand-ins/skipped.csv'), 'utf8');
  expect(skipped).toMatch(/page\.jpg,"?it is a web page, not a picture: download it again/);
  expect(skipped).toMatch(/pointer\.png,"?it is a pointer of Git LFS.*git lfs pull/);
});

describe.concurrent('archives', () => {
  it('07: names in zips are those that unzip shows', async () => {
    const cwd = caseFolder('07-zip-names');
    const { code, stderr } = await train(cwd, 't', 'mac.zip', 'flagged.zip');
    expect(code, stderr).toBe(0);
    const ids = rowsOf(cwd, 't', 'assignments.csv').map(([id]) => id.normalize('NFC'));
    expect(ids.filter((id) => id.includes('Überblick/bars groß 15.png'))).toHaveLength(2);
  });

  it('37: bzip2 and xz are unpacked; what cannot be is refused with what to do', async () => {
    const cwd = caseFolder('37-archives');
    const { code, stderr } = await train(cwd, 't', 'pile.tar.gz', 'pile.tar.bz2', 'pile.tar.xz');
    expect(code, stderr).toBe(0);
    const kinds = new Map<string, string[]>();
    for (const [id, cluster] of rowsOf(cwd, 't', 'assignments.csv')) {
      const path = id.replace(/^[^/]+\//, '');
      kinds.set(path, [...(kinds.get(path) ?? []), cluster]);
    }
    expect(kinds.size).toBe(40);
    for (const clusters of kinds.values()) expect(new Set(clusters).size).toBe(1);
    for (const clusters of kinds.values()) expect(clusters).toHaveLength(3);
    const nested = await train(cwd, 'n', 'nested.zip');
    expect(nested.code).toBe(2);
    expect(nested.stderr).toMatch(/an archive inside of another source.*unpack it/);
    const lzma = await train(cwd, 'l', 'lzma.zip');
    expect(lzma.code).toBe(2);
    expect(lzma.stderr).toMatch(/compressed by LZMA.*pack it anew/);
    expect(existsSync(join(cwd, 'out/n'))).toBe(false);
  });

  it('a data set that `datasets` saved is refused with what to do', async () => {
    const cwd = join(shared, 'saved');
    mkdirSync(join(cwd, 'ds'), { recursive: true });
    for (const name of ['state.json', 'dataset_info.json', 'data-00000-of-00001.arrow']) {
      writeFileSync(join(cwd, 'ds', name), 'x');
    }
    for (const source of ['ds', 'ds/data-00000-of-00001.arrow']) {
      const { code, stderr } = await train(cwd, 't', source);
      expect(code).toBe(2);
      expect(stderr.trim().split('\n')).toHaveLength(1);
      expect(stderr).toContain('to_parquet');
    }
  });
});
