// What pictures are called, and which could not be read: situations out of public bug reports.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readAssignments } from '../../dist/run/files/artefacts.js';
import { unpackCase } from '../support/cases.js';
import { runKindred } from '../support/command-line.js';
import { temporaryFolder } from '../support/folders.js';

async function kindred(cwd: string, ...words: string[]) {
  const { code, stdout, stderr } = await runKindred(words, { cwd });
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
  return { stdout, stderr };
}

function cocoNames(path: string): string[] {
  const { images } = JSON.parse(readFileSync(path, 'utf8')) as { images: { file_name: string }[] };
  return images.map(({ file_name }) => file_name);
}

it('files that the shell has spelled out are called as in their folder (pix-plot #52)', async () => {
  const cwd = unpackCase('40-shell-glob', temporaryFolder());
  const files = readdirSync(join(cwd, 'pics')).sort();
  const paths = files.map((name) => `pics/${name}`);
  const { stdout } = await kindred(cwd, 'train', ...paths, '--tag', 'glob', '--quality', 'fast');
  expect(stdout).toMatch(/^6 kinds in 48 images \(pics\/000-disc\.png and 47 more\)/);
  expect(readAssignments(join(cwd, 'runs/glob')).ids).toEqual(files);
  await kindred(cwd, 'export', 'runs/glob', '--to', 'coco', '--out', 'coco.json');
  expect(cocoNames(join(cwd, 'coco.json'))).toEqual(files);
  await kindred(cwd, 'train', 'pics', '--tag', 'folder', '--quality', 'fast');
  const asText = (tag: string) => readFileSync(join(cwd, 'runs', tag, 'assignments.csv'), 'utf8');
  expect(asText('glob')).toBe(asText('folder'));
  const predicted = await kindred(cwd, 'predict', 'runs/glob', paths[0], paths[5]);
  expect(
    predicted.stdout
      .split('\n')
      .slice(1, 3)
      .map((row) => row.split(',')[0]),
  ).toEqual([files[0], files[5]]);
});

it('a run grows by files as by their folder, under names that exist', async () => {
  const cwd = unpackCase('40-shell-glob', temporaryFolder());
  mkdirSync(join(cwd, 'more'));
  const moved = readdirSync(join(cwd, 'pics')).sort().slice(-12);
  for (const name of moved) renameSync(join(cwd, 'pics', name), join(cwd, 'more', name));
  await kindred(cwd, 'train', 'pics', '--tag', 'old', '--quality', 'fast');
  await kindred(cwd, 'grow', 'runs/old', 'more', '--tag', 'folder');
  const paths = moved.map((name) => `more/${name}`);
  await kindred(cwd, 'grow', 'runs/old', ...paths, '--tag', 'files');
  const asText = (tag: string) => readFileSync(join(cwd, 'runs', tag, 'assignments.csv'), 'utf8');
  expect(asText('files')).toBe(asText('folder'));
  expect(readAssignments(join(cwd, 'runs/files')).ids.slice(-12)).toEqual(paths);
  await kindred(cwd, 'export', 'runs/files', '--to', 'coco', '--out', 'coco.json');
  const names = cocoNames(join(cwd, 'coco.json'));
  expect(names.slice(0, -12).every((name) => existsSync(join(cwd, 'pics', name)))).toBe(true);
  expect(names.slice(-12)).toEqual(paths);
  // What grew by files grows on, and finds them all again.
  await kindred(cwd, 'grow', 'runs/files', paths[0], '--tag', 'again');
  expect(readAssignments(join(cwd, 'runs/again')).ids.at(-1)).toBe(`more#2/${moved[0]}`);
});

it('rows that name one file twice are exported as that file (cvat #2046)', async () => {
  const cwd = unpackCase('35-row-an-annotation', temporaryFolder());
  await kindred(cwd, 'train', 'boxes.csv', '--tag', 't', '--quality', 'fast');
  await kindred(cwd, 'export', 'runs/t', '--to', 'coco', '--out', 'coco.json');
  const names = cocoNames(join(cwd, 'coco.json'));
  expect(names).toHaveLength(75);
  expect(new Set(names).size).toBe(60);
  for (const name of names) expect(existsSync(join(cwd, name))).toBe(true);
  await kindred(cwd, 'export', 'runs/t', '--to', 'labelstudio', '--out', 'tasks');
  const tasks = readFileSync(join(cwd, 'tasks/tasks.json'), 'utf8');
  expect(tasks).not.toContain('%23');
});

it('predict lists what it could not read, and fails where that is all (fastdup #52)', async () => {
  const cwd = unpackCase('28-predict-skips', temporaryFolder());
  const news = 'new';
  await kindred(cwd, 'train', 'old', '--tag', 't', '--quality', 'fast');
  const { stdout } = await kindred(cwd, 'predict', 'runs/t', news, '--skipped', 'skipped.csv');
  const rows = readFileSync(join(cwd, 'skipped.csv'), 'utf8').trim().split('\n');
  expect(rows[0]).toBe('id,reason');
  expect(rows).toHaveLength(1 + 5);
  expect(stdout.trim().split('\n')).toHaveLength(1 + 25);
  const broken = rows.slice(1).map((row) => join(news, row.split(',')[0]));
  const { code, stderr } = await runKindred(['predict', 'runs/t', ...broken, '--out', 'none.csv'], { cwd });
  expect(code).toBe(2);
  expect(stderr).toContain('holds no picture that can be read; the first is');
  expect(existsSync(join(cwd, 'none.csv'))).toBe(false);
});
