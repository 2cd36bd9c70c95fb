// Pictures that were moved, deleted or changed after a run was made of them: as few as possible are missing in the studio,
// none is shown in another's place, and it says what is wrong.
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ImageDetail, MissingImages, ReviewView } from '#kindred/studio/server/messages.js';
import { runKindred } from '../support/command-line.js';
import { sharedFolder } from '../support/folders.js';
import { encodeDigits, firstDigits, PIXELS, reordered } from '../support/mnist.js';
import { trained } from '../support/runs.js';
import { type RunningStudio, startStudio } from '../support/studio.js';

const IMAGES = 60;
const cwd = sharedFolder();
const pile = join(cwd, 'pile');
const faults: unknown[] = [];
const digits = firstDigits('train', IMAGES);
const nameOf = (image: number) => `${String(image).padStart(2, '0')}.png`;
let studio: RunningStudio;

async function writeDigit(path: string, image: number): Promise<void> {
  const raw = { width: 28, height: 28, channels: 1 } as const;
  const pixels = digits.pixels.slice(image * PIXELS, (image + 1) * PIXELS);
  await sharp(pixels, { raw }).png().toFile(path);
}

const missing = async (tag: string) =>
  (await (await studio.ask(`/runs/${tag}/missing`)).json()) as MissingImages;
const tile = async (tag: string, image: number) => {
  const answer = await studio.ask(`/runs/${tag}/images/${image}.png`);
  return { type: answer.headers.get('content-type'), bytes: Buffer.from(await answer.arrayBuffer()) };
};
const pixels = async (tag: string) =>
  Buffer.from(await (await studio.ask(`/runs/${tag}/pixels?from=0&count=${IMAGES}`)).arrayBuffer());

beforeAll(async () => {
  mkdirSync(pile);
  for (let image = 0; image < IMAGES; image++) await writeDigit(join(pile, nameOf(image)), image);
  writeFileSync(join(cwd, 'digits'), encodeDigits(digits));
  const line = '--method kin --quality fast --num-clusters 3';
  await trained(cwd, 'folder', `pile ${line}`);
  const files = [0, 1, 2, 3, 4].map((image) => `pile/${nameOf(image)}`).join(' ');
  await trained(cwd, 'files', `${files} --method kin --quality fast --num-clusters 2`);
  await trained(cwd, 'array', `digits ${line}`);
  studio = await startStudio(join(cwd, 'runs'), faults);
});

afterAll(async () => {
  await studio.close();
  expect(faults).toEqual([]);
});

describe('a picture of a folder', () => {
  it('that is deleted is one tile that says so; the others, and what else came, change nothing', async () => {
    const whole = await pixels('folder');
    expect(await missing('folder')).toEqual({ images: '', count: 0, problem: null });
    await studio.close();
    rmSync(join(pile, nameOf(7)));
    await writeDigit(join(pile, '00-new.png'), 3);
    studio = await startStudio(join(cwd, 'runs'), faults);
    expect(await missing('folder')).toMatchObject({
      images: '7',
      count: 1,
      problem: expect.stringMatching(/^1 of the run’s 60 images are not at .*pile any more: put them back/),
    });
    expect((await tile('folder', 7)).type).toBe('image/svg+xml');
    expect((await tile('folder', 8)).type).toBe('image/png');
    const now = await pixels('folder');
    expect(now.subarray(0, 7 * PIXELS)).toEqual(whole.subarray(0, 7 * PIXELS));
    expect(now.subarray(8 * PIXELS)).toEqual(whole.subarray(8 * PIXELS));
    // All else goes on: the review, and why an image is where it is.
    const { kinds } = (await (await studio.ask('/runs/folder/review')).json()) as ReviewView;
    expect(kinds.length).toBeGreaterThan(0);
    const image = (await (await studio.ask('/runs/folder/images/7')).json()) as ImageDetail;
    expect(image.id).toBe(nameOf(7));
    const page = await runKindred(['export', 'runs/folder', '--to', 'html'], { cwd });
    expect(page).toMatchObject({ code: 0 });
  });

  it('that is put back is shown when the page is opened anew', async () => {
    await writeDigit(join(pile, nameOf(7)), 7);
    expect(await missing('folder')).toEqual({ images: '', count: 0, problem: null });
    expect((await tile('folder', 7)).type).toBe('image/png');
    rmSync(join(pile, '00-new.png'));
  });

  it('that is another one now is said, and a folder that is gone is too', async () => {
    await studio.close();
    await writeDigit(join(pile, nameOf(7)), 8);
    studio = await startStudio(join(cwd, 'runs'), faults);
    expect((await missing('folder')).problem).toMatch(/have changed since the run was made/);
    renameSync(pile, `${pile}-elsewhere`);
    const gone = await missing('folder');
    expect(gone).toMatchObject({ count: IMAGES, images: `0-${IMAGES - 1}` });
    expect(gone.problem).toMatch(/not at .*pile any more/);
    const page = await runKindred(['export', 'runs/folder', '--to', 'html', '--out', 'page'], { cwd });
    expect(page.code).toBe(2);
    expect(page.stderr).toMatch(/not at .*pile any more: put them back/);
    renameSync(`${pile}-elsewhere`, pile);
    await writeDigit(join(pile, nameOf(7)), 7);
    expect((await missing('folder')).problem).toBeNull();
  });
});

it('a file that was named itself and is gone leaves the others theirs', async () => {
  rmSync(join(pile, nameOf(0)));
  const { images, problem } = await missing('files');
  expect(images).toBe('0');
  expect(problem).toMatch(/^1 of the run’s 5 images/);
  await writeDigit(join(pile, nameOf(0)), 0);
});

it('rows of an array that is another one now, of as many images, are not shown for the run’s', async () => {
  const order = Array.from({ length: IMAGES }, (_, row) => IMAGES - 1 - row);
  writeFileSync(join(cwd, 'digits'), encodeDigits(reordered(digits, order)));
  const { count, problem } = await missing('array');
  expect(count).toBe(IMAGES);
  expect(problem).toMatch(/not those of the run, so none is shown: put those back/);
  expect((await tile('array', 3)).type).toBe('image/svg+xml');
  writeFileSync(join(cwd, 'digits'), encodeDigits(digits));
  expect((await missing('array')).problem).toBeNull();
});
