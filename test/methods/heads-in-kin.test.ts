// A run of kin by an encoder's vectors: settled by heads where they confirm the graph, and what it exports, also in Python.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { InterruptedError } from '#kindred/core/errors.js';
import { type Matrix, matrix } from '#kindred/core/matrix.js';
import { createRandom } from '#kindred/core/random.js';
import type { MethodOptionChoices } from '#kindred/methods/choices.js';
import { askedVectors, classify } from '#kindred/methods/classify.js';
import { completeOptions } from '#kindred/methods/defaults.js';
import type { FoundKinds } from '#kindred/methods/found-kinds.js';
import { LEAST_FOR_HEADS } from '#kindred/methods/kin/heads.js';
import { findKin, type KinContext } from '#kindred/methods/kin/kin.js';
import { isKin } from '#kindred/methods/options.js';
import { clouds, shareEqual } from '../support/clouds.js';
import { sharedFolder } from '../support/folders.js';
import { relativeError } from '../support/numbers.js';
import { hasPython, runPython } from '../support/peers.js';

const quiet = { report: () => {}, signal: new AbortController().signal };

const options = (choices: MethodOptionChoices) => {
  const complete = completeOptions({ threads: 2, ...choices });
  if (!isKin(complete)) throw new Error('not kin');
  return complete;
};

function find(vectors: Matrix, choices: MethodOptionChoices = {}, context: Partial<KinContext> = {}) {
  const count = vectors.rows;
  const ids = Array.from({ length: count }, (_, image) => `${image}`);
  const images = { height: 1, width: 1, channels: 1, count, data: new Uint8Array(count), ids };
  return findKin(images, options({ clustering: { numClusters: 4 }, ...choices }), {
    ...quiet,
    vectors: { kind: 'encoder', vectors },
    corrections: null,
    onFirstKinds: () => {},
    ...context,
  });
}

describe('a run of kin by an encoder', () => {
  const { vectors, kinds } = clouds(LEAST_FOR_HEADS, 4, 1.5);
  let found: FoundKinds;
  const first: FoundKinds[] = [];

  beforeAll(async () => {
    found = await find(vectors, {}, { onFirstKinds: (graph) => void first.push(graph) });
  }, 120_000);

  it('is settled by heads, where there are enough pictures', () => {
    expect(first.map(({ kin }) => kin?.networks)).toEqual([{ state: 'pending', reason: null }]);
    expect(found.kin?.networks).toEqual({ state: 'trained' });
    const same = shareEqual(found.assignment, first[0].assignment);
    expect(same).toBeGreaterThan(0.8);
    expect(same).toBeLessThan(1);
    expect(pairsRight(found.assignment, kinds)).toBeGreaterThan(pairsRight(first[0].assignment, kinds));
  });

  it('exports heads that answer for its vectors as the run does, nearly always', async () => {
    const { assignment, confidence, known } = await classify(
      found.classifier,
      askedVectors(vectors),
      1,
      quiet,
    );
    // The run's own answers are crossed, and averaged with the neighbours'.
    expect(shareEqual(assignment, found.assignment)).toBeGreaterThan(0.97);
    expect(known.filter((each) => each).length).toBeGreaterThan(0.99 * vectors.rows);
    expect(confidence.every((value) => value > 0 && value <= 1)).toBe(true);
  });

  it('stops at the graph where fewer pictures are, and where the vectors are a person’s own', async () => {
    const few = await find(clouds(300, 4, 0.5).vectors);
    expect(few.kin?.networks).toEqual({
      state: 'stopped',
      reason: '300 different pictures are too few for heads, which need 5000',
    });
    const own = await find(vectors, {}, { vectors: { kind: 'features', vectors } });
    expect(own.kin?.networks).toEqual({
      state: 'stopped',
      reason: 'the vectors were given, and are compared as they are',
    });
  });

  it('is doubted where nothing but the number of kinds cut it, and not where kinds touch', async () => {
    for (const k of [2, 4]) {
      const noise = await find(clouds(600, 1, 1).vectors, { clustering: { numClusters: k } });
      expect(noise.kin?.doubt).toMatch(
        /^By the given vectors only \d % of the images stand clearly in one kind/,
      );
    }
    const touching = clouds(600, 4, 1.5);
    const found = await find(touching.vectors);
    expect(pairsRight(found.assignment, touching.kinds)).toBeGreaterThan(0.93);
    // Hardly one of them has a neighbourhood almost wholly of its kind.
    expect(found.kin?.clearShare).toBeLessThan(0.05);
    expect(found.kin?.doubt).toBeNull();
  }, 60_000);

  it('keeps what a person said, and the number of their kinds', async () => {
    const before = Int32Array.from(kinds, (kind) => Math.min(kind, 2));
    const held = new Uint8Array(vectors.rows);
    const assignment = before.slice();
    // The first image is of kind 0, and said to be of kind 2; some others are said to be what they are.
    [assignment[0], held[0]] = [2, 1];
    for (let image = 1; image < 40; image++) held[image] = 1;
    const corrections = { k: 3, assignment, before, held, vouched: new Uint8Array(vectors.rows) };
    const refined = await find(vectors, { clustering: { numClusters: 3 } }, { corrections });
    expect(refined.kin?.networks).toEqual({ state: 'trained' });
    expect(refined.k).toBe(3);
    for (let image = 0; image < 40; image++) expect(refined.assignment[image]).toBe(assignment[image]);
    expect(shareEqual(refined.assignment, before)).toBeGreaterThan(0.9);
  }, 120_000);

  it('stops when asked while heads learn', async () => {
    const controller = new AbortController();
    const running = find(
      vectors,
      {},
      {
        signal: controller.signal,
        report: ({ stage, done }) => {
          if (stage === 'heads' && done > 0) controller.abort();
        },
      },
    );
    await expect(running).rejects.toThrow(InterruptedError);
  }, 120_000);

  it('of noise is left to the graph', async () => {
    const random = createRandom(9, 'noise');
    const noise = matrix(LEAST_FOR_HEADS, 40);
    noise.data.forEach((_, at) => {
      noise.data[at] = random.normal();
    });
    const { kin } = await find(noise);
    expect(kin?.networks.state).toBe('stopped');
    expect(kin?.networks).toMatchObject({ reason: expect.stringMatching(/^(the heads|heads that)/) });
  }, 120_000);

  describe.skipIf(!hasPython('onnxruntime', 'numpy'))('in Python', () => {
    it('gives the same answers, and the view as its code', async () => {
      const folder = sharedFolder();
      const [model, rows] = [join(folder, 'classifier.onnx'), join(folder, 'rows')];
      writeFileSync(model, found.classifier);
      writeFileSync(rows, vectors.data);
      const here = await classify(found.classifier, askedVectors(vectors), 1, quiet);
      const there = JSON.parse(runPython(CLASSIFY, model, rows, `${vectors.columns}`));
      expect(there.outputs).toEqual(['cluster', 'confidence', 'known', 'code']);
      expect(shareEqual(there.cluster, here.assignment)).toBeGreaterThan(0.999);
      expect(there.known).toEqual(here.known);
      expect(relativeError(there.confidence, here.confidence)).toBeLessThan(1e-3);
      expect(there.code).toHaveLength(found.codes.columns);
      expect(relativeError(there.code, found.codes.data.subarray(0, found.codes.columns))).toBeLessThan(1e-4);
    });
  });
});

const CLASSIFY = `
import json, sys
import numpy, onnxruntime
session = onnxruntime.InferenceSession(sys.argv[1], providers=['CPUExecutionProvider'])
rows = numpy.fromfile(sys.argv[2], numpy.float32).reshape(-1, int(sys.argv[3]))
names = [each.name for each in session.get_outputs()]
found = dict(zip(names, session.run(names, {'features': rows})))
print(json.dumps(dict(outputs=names, cluster=found['cluster'].tolist(), known=found['known'].tolist(),
    confidence=found['confidence'].tolist(), code=found['code'][0].tolist())))
`;

/** Share of a sample of pairs that are together, or apart, in both partitions: the Rand index. */
function pairsRight(found: Int32Array, planted: Int32Array): number {
  const random = createRandom(1, 'pairs');
  let right = 0;
  for (let pair = 0; pair < 20_000; pair++) {
    const [a, b] = [random.integer(found.length), random.integer(found.length)];
    if ((found[a] === found[b]) === (planted[a] === planted[b])) right++;
  }
  return right / 20_000;
}
