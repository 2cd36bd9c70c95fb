// The exported programs on picture files of all kinds: their answers are those of `kindred predict`.
import { spawnSync } from 'node:child_process';
import { copyFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseCsv } from '#kindred/run/files/csv.js';
import { runKindred } from '../support/command-line.js';
import { sharedFolder } from '../support/folders.js';
import { writeMixedPictures } from '../support/mixed-pictures.js';
import { hasPython, python } from '../support/peers.js';
import { trained } from '../support/runs.js';

const COUNT = 120;
const cwd = sharedFolder();
const pile = join(cwd, 'pile');

beforeAll(async () => {
  await writeMixedPictures(pile, COUNT);
  symlinkSync(join(process.cwd(), 'node_modules'), join(cwd, 'node_modules'));
}, 120_000);

interface Answer {
  readonly name: string;
  readonly confidence: number;
}

async function predicted(tag: string): Promise<Map<string, Answer>> {
  const { stdout } = await runKindred(['predict', `runs/${tag}`, 'pile'], { cwd });
  const [header, ...rows] = parseCsv(stdout, 'predictions');
  const at = (name: string) => header.indexOf(name);
  return new Map(
    rows.map((row) => [row[at('id')], { name: row[at('name')], confidence: Number(row[at('confidence')]) }]),
  );
}

function answersOf(folder: string, program: readonly string[], ...paths: string[]) {
  const [command, ...words] = program;
  const { stdout, stderr } = spawnSync(command, [...words, ...paths], { cwd: folder, encoding: 'utf8' });
  const answers = stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t'))
    .map(([name, confidence, file]) => ({ name, confidence: Number(confidence), file }));
  return { answers, stderr };
}

const PROGRAMS = [
  [python, 'predict.py'],
  [process.execPath, 'predict.mjs'],
] as const;

describe.skipIf(!hasPython('onnxruntime', 'numpy', 'PIL'))('on 120 pictures of all kinds', () => {
  it.each([
    ['grey, cut to their content', 'grey-content', '--framing content --color gray'],
    ['grey, whole', 'grey-whole', '--framing whole --color gray --size 40'],
    ['in colour, cut to their content', 'rgb-content', '--framing content --color rgb'],
    ['in colour, whole', 'rgb-whole', '--framing whole --color rgb --polarity invert'],
  ])('%s, both programs answer as predict does', async (_, tag, framing) => {
    const few = '--method kmeans --num-clusters 4 --restarts 1 --threads 1';
    await trained(cwd, tag, `pile ${few} ${framing}`);
    const wanted = await predicted(tag);
    expect(wanted.size).toBe(COUNT);
    // Were all sure, or all of one kind, nothing would be told.
    expect(new Set([...wanted.values()].map(({ name }) => name)).size).toBeGreaterThan(2);
    await runKindred(['export', `runs/${tag}`, '--to', 'onnx', '--out', tag], { cwd });
    for (const program of PROGRAMS) {
      const { answers, stderr } = answersOf(join(cwd, tag), program, pile);
      expect(answers.length, stderr).toBe(COUNT);
      for (const { name, confidence, file } of answers) {
        const id = relative(pile, file);
        expect({ id, name }).toEqual({ id, name: wanted.get(id)?.name });
        expect(Math.abs(confidence - (wanted.get(id)?.confidence ?? 2)), `${program[1]} ${id}`).toBeLessThan(
          0.01,
        );
      }
    }
  });

  it('name what they cannot read and go on', async () => {
    writeFileSync(join(cwd, 'broken.png'), 'no picture');
    await sharp({ create: { width: 1, height: 50, channels: 3, background: '#123' } }).toFile(
      join(cwd, 'thin.png'),
    );
    copyFileSync(join(pile, '001.png'), join(cwd, 'WITH [brackets].PNG'));
    const files = ['broken.png', 'thin.png', 'WITH [brackets].PNG'].map((name) => join(cwd, name));
    for (const program of PROGRAMS) {
      const { answers, stderr } = answersOf(join(cwd, 'rgb-whole'), program, ...files);
      expect(answers.map(({ file }) => file)).toEqual(files.slice(1));
      expect(stderr).toContain('broken.png: ');
      expect(stderr).not.toContain('Traceback');
    }
  });
});
