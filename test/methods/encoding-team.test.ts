// An encoder on several threads: how cores are shared, and that vectors depend on nothing but their image.
import { describe, expect, it } from 'vitest';
import { InputError } from '#kindred/core/errors.js';
import { createOnnxGraph } from '#kindred/engine/onnx/onnx.js';
import { sharedThreads } from '#kindred/methods/vectors/encoding-team.js';
import { openImageEncoder } from '#kindred/methods/vectors/image-encoder.js';
import { encoderFileOf, randomImages } from '../support/encoder-files.js';

const SIDE = 4;
const PIXELS = SIDE * SIDE * 3;
const GIB = 2 ** 30;

/** (n, 3, 4, 4) → (n, 48): the pixels; `spoilt`: divided by 0. With `mixing`, each row less the mean of the batch. */
function encoderFile(rows: number | 'n', how: 'plain' | 'spoilt' | 'mixing' = 'plain'): string {
  const graph = createOnnxGraph('encoder');
  const pixels = graph.input('pixels', 'float32', [rows, 3, SIDE, SIDE]);
  const all = graph.node('Reshape', [pixels, graph.integers([rows === 'n' ? -1 : rows, PIXELS])]);
  const mean = graph.node('ReduceMean', [all, graph.integers([0])], { attributes: { keepdims: 1 } });
  const ways = {
    plain: () => all,
    spoilt: () => graph.node('Div', [all, graph.node('Sub', [all, all])]),
    mixing: () => graph.node('Sub', [all, mean]),
  };
  graph.output('vectors', ways[how](), 'float32', [rows, PIXELS]);
  return encoderFileOf(graph);
}

describe('cores are shared', () => {
  it.each([
    ['a small encoder: a session a core', 16, 10e6, 64 * GIB, { sessions: 16, threads: 1 }],
    ['a large one: few sessions of several cores', 16, 400e6, 64 * GIB, { sessions: 3, threads: 5 }],
    ['the largest: one session of all', 16, 2e9, 64 * GIB, { sessions: 1, threads: 16 }],
    ['little memory', 16, 10e6, GIB, { sessions: 2, threads: 8 }],
    ['one core', 1, 10e6, 64 * GIB, { sessions: 1, threads: 1 }],
  ])('%s', (_, threads, bytes, memory, shared) => {
    expect(sharedThreads(threads, bytes, memory)).toEqual(shared);
  });
});

describe('a team', () => {
  it.each(['n', 1, 4] as const)(
    'of an encoder of %s images gives the bytes of the encoder itself',
    async (rows) => {
      const encoder = await openImageEncoder(encoderFile(rows), 3);
      const team = encoder.openTeam();
      const images = randomImages(10, SIDE);
      const wanted = await encoder.encode(images);
      const groups = Array.from({ length: Math.ceil(10 / team.atOnce) }, (_, group) =>
        images.data.subarray(group * team.atOnce * PIXELS, (group + 1) * team.atOnce * PIXELS),
      );
      const found = await Promise.all(groups.map((group) => team.encode(group)));
      expect(found.flatMap(({ data }) => [...data])).toEqual([...wanted.data]);
      await Promise.all([team.close(), encoder.close()]);
    },
  );

  it('says so where an encoder gives what is no number', async () => {
    await expect(openImageEncoder(encoderFile('n', 'spoilt'), 2)).rejects.toThrow(InputError);
  });
});

describe('an encoder of four images at once', () => {
  it.each([
    ['plain', true],
    ['mixing', false],
  ] as const)('%s: does a vector stay the same beside others? %s', async (how, isSteady) => {
    const encoder = await openImageEncoder(encoderFile(4, how), 1);
    expect(encoder.isSteady).toBe(isSteady);
    await encoder.close();
  });
});
