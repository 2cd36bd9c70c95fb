// --resume with more steps, and what it refuses.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readRunCard } from '#kindred/run/files/card.js';
import { runKindred } from '../support/command-line.js';
import { sharedFolder } from '../support/folders.js';
import { encodeDigits, firstDigits, writePile } from '../support/mnist.js';
import { outcome, reproducible, reproducibleFiles, trained } from '../support/runs.js';

const cwd = sharedFolder();
const pile = { train: firstDigits('train', 120), test: firstDigits('t10k', 60) };
writePile(join(cwd, 'pile'), pile);

describe('more steps', () => {
  it.each([1, 2])('100 and then 60 steps are 160 steps, byte for byte (%i threads)', async (threads) => {
    const flags = `pile --optimizer adam --encoding-size 12 --threads ${threads}`;
    const whole = await trained(cwd, `whole-${threads}`, `${flags} --steps 160`);
    const run = await trained(cwd, `more-${threads}`, `${flags} --steps 100`);
    expect(outcome(run)).not.toEqual(outcome(whole));
    await trained(cwd, `more-${threads}`, '--resume --steps 60');
    expect(Object.keys(reproducible(run))).toEqual(reproducibleFiles(160));
    expect(outcome(run)).toEqual(outcome(whole));
  });

  it('a finished run has nothing to resume, and says how to go on', async () => {
    const run = await trained(cwd, 'finished', 'pile --steps 5 --encoding-size 4 --threads 1');
    const before = outcome(run);
    const end = await runKindred(['train', '--resume', '--tag', 'finished'], { cwd });
    expect(end).toMatchObject({ code: 2, stdout: '' });
    expect(end.stderr).toMatch(/^kindred: Run finished is finished: add --steps N [^\n]+\n$/);
    expect(outcome(run)).toEqual(before);
  });

  it('other images under the same name are refused, and the run stays as it was', async () => {
    writePile(join(cwd, 'changing'), pile);
    const run = await trained(cwd, 'changed', 'changing --steps 5 --encoding-size 4 --threads 1');
    const [card, before] = [readRunCard(run), outcome(run)];
    const pixels = Uint8Array.from(pile.train.pixels);
    pixels[300] ^= 1;
    writeFileSync(join(cwd, 'changing/train-images-idx3-ubyte'), encodeDigits({ ...pile.train, pixels }));
    const end = await runKindred(['train', '--resume', '--tag', 'changed', '--steps', '5'], { cwd });
    expect(end).toMatchObject({ code: 2, stdout: '' });
    expect(end.stderr).toContain('are not those that the run began with');
    expect([readRunCard(run), outcome(run)]).toEqual([card, before]);
  });
});
