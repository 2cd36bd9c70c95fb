// A run by an encoder that is large enough for heads, in processes of its own: what it says of them, its curves, Ctrl-C while
// they learn, and --resume.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '#kindred/core/random.js';
import { createOnnxGraph } from '#kindred/engine/onnx/onnx.js';
import { LEAST_FOR_HEADS } from '#kindred/methods/kin/heads.js';
import { readRunCard } from '#kindred/run/files/card.js';
import { sharedFolder } from '../support/folders.js';
import { hasPython } from '../support/peers.js';
import { inStage, reproducible, stopped, temporaryFiles, trained } from '../support/runs.js';
import { readBoard } from '../support/tensorboard.js';

const cwd = sharedFolder();
const SIDE = 8;
const PIXELS = SIDE * SIDE * 3;
const LINE = 'pile.npy --encoder model/tiny.onnx --num-clusters 4 --size 8 --threads 2';

/** float32 (n, 3, 8, 8) → `colours` (n, 12): the mean of each channel in each quarter of the image. */
function encoder(): Uint8Array {
  const graph = createOnnxGraph('encoder');
  const images = graph.input('pixel_values', 'float32', ['n', 3, SIDE, SIDE]);
  const quarters = graph.reshape(images, [-1, 3, 2, SIDE / 2, 2, SIDE / 2]);
  const mean = graph.node('ReduceMean', [quarters, graph.integers([3, 5])], { attributes: { keepdims: 0 } });
  graph.output('colours', graph.reshape(mean, [-1, 12]), 'float32', ['n', 12]);
  return graph.encode();
}

beforeAll(() => {
  const random = createRandom(1, 'coloured quarters');
  const grounds = Array.from({ length: 4 }, () => Array.from({ length: 12 }, () => 60 + random.integer(130)));
  const pixels = new Uint8Array(LEAST_FOR_HEADS * PIXELS);
  for (let image = 0; image < LEAST_FOR_HEADS; image++) {
    // Kinds so near each other that neighbours err.
    const colours = grounds[image % 4].map((ground) => ground + 28 * random.normal());
    for (let at = 0; at < PIXELS; at++) {
      const [row, column] = [Math.floor(at / (3 * SIDE)), Math.floor(at / 3) % SIDE];
      const quarter = 2 * Math.floor(row / (SIDE / 2)) + Math.floor(column / (SIDE / 2));
      const value = colours[(at % 3) * 4 + quarter] + random.integer(9);
      pixels[image * PIXELS + at] = Math.max(0, Math.min(255, value));
    }
  }
  const header = `{'descr': '|u1', 'fortran_order': False, 'shape': (${LEAST_FOR_HEADS}, ${SIDE}, ${SIDE}, 3), }`;
  const padded = `${header.padEnd(117)}\n`;
  const start = Buffer.from([0x93, ...Buffer.from('NUMPY'), 1, 0, padded.length, 0]);
  writeFileSync(join(cwd, 'pile.npy'), Buffer.concat([start, Buffer.from(padded), pixels]));
  mkdirSync(join(cwd, 'model'));
  writeFileSync(join(cwd, 'model', 'tiny.onnx'), encoder());
  const config = { size: SIDE, image_mean: [0.5, 0.5, 0.5], image_std: [0.5, 0.5, 0.5] };
  writeFileSync(join(cwd, 'model', 'preprocessor_config.json'), JSON.stringify(config));
});

describe('a run with heads', () => {
  it('says what settled it; stopped while they learn, it keeps its first result, and resumed has the same bytes', async () => {
    const whole = await trained(cwd, 'whole', LINE);
    expect(readRunCard(whole)).toMatchObject({ finished: true, kin: { networks: { state: 'trained' } } });
    expect(readRunCard(whole).seconds.heads).toBeGreaterThan(0);
    expect(readFileSync(join(whole, 'report.html'), 'utf8')).toContain(
      'the doubtful ones settled by heads on the vectors that taught each other',
    );
    const { stdout } = await stopped(cwd, 'broken', LINE, 'SIGINT', inStage('heads'));
    const broken = join(cwd, 'runs', 'broken');
    expect(stdout).toContain('heads on its vectors refine it now');
    expect(readRunCard(broken).kin?.networks).toEqual({ state: 'pending', reason: null });
    expect(readFileSync(join(broken, 'report.html'), 'utf8')).toContain('heads have yet to settle');
    expect(temporaryFiles(broken)).toEqual([]);
    await trained(cwd, 'broken', '--resume');
    const kinds = (run: string) => readFileSync(join(run, 'kinds.csv'), 'utf8');
    expect(reproducible(broken)).toEqual(reproducible(whole));
    expect(kinds(broken)).toBe(kinds(whole));
  }, 400_000);

  it.skipIf(!hasPython('tensorboard'))('has the curves of both halves', () => {
    const { scalars } = readBoard(join(cwd, 'runs')).whole;
    for (const curve of ['loss/first_half', 'loss/second_half', 'kept']) {
      expect(scalars[`heads/${curve}`].map(([step]) => step)).toEqual([1, 2, 3, 4, 5, 6]);
    }
    expect(scalars['heads/agreement']).toHaveLength(5);
    expect(scalars['networks/loss/raw']).toBeUndefined();
  });

  it('stops at the graph with --quality fast', async () => {
    const run = await trained(cwd, 'fast', `${LINE} --quality fast`);
    expect(readRunCard(run).kin?.networks).toEqual({ state: 'none' });
  });
});
