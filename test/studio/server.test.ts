// The studio's server over real HTTP: what it tells of runs, and that edits are kept. Whom it turns away is in guard.test.ts.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type {
  Comparison,
  ImageDetail,
  JobView,
  ReviewView,
  RunSummary,
  StudioEvent,
} from '#kindred/studio/server/messages.js';
import { sharedFolder } from '../support/folders.js';
import { encodeDigits, firstDigits } from '../support/mnist.js';
import { trained } from '../support/runs.js';
import { type RunningStudio, startStudio } from '../support/studio.js';

const cwd = sharedFolder();
const logDir = join(cwd, 'runs');
const faults: unknown[] = [];
let studio: RunningStudio;

beforeAll(async () => {
  writeFileSync(join(cwd, 'digits'), encodeDigits(firstDigits('train', 400)));
  const line = 'digits --method kin --quality fast --num-clusters 5 --threads 2';
  await trained(cwd, 'one', line);
  await trained(cwd, 'two', `${line} --seed 1`);
  studio = await startStudio(logDir, faults);
});

afterAll(async () => {
  await studio.close();
});

async function review(tag = 'one'): Promise<ReviewView> {
  return (await studio.ask(`/runs/${tag}/review`)).json() as Promise<ReviewView>;
}

describe('a run', () => {
  it('is listed with what is known of it', async () => {
    const runs = (await (await studio.ask('/runs')).json()) as RunSummary[];
    const one = runs.find(({ tag }) => tag === 'one');
    expect(one).toMatchObject({ state: 'finished', method: 'kin', images: 400, k: 5 });
    expect(one?.strip).toHaveLength(5);
  });

  it('gives its arrays, pixels and pictures', async () => {
    const sizes = { layout: 3200, kind: 1600, confidence: 1600, second: 1600, finding: 1600, told: 1600 };
    for (const [name, size] of Object.entries(sizes)) {
      expect((await (await studio.ask(`/runs/one/arrays/${name}`)).arrayBuffer()).byteLength, name).toBe(
        size,
      );
    }
    const pixels = new Uint8Array(await (await studio.ask('/runs/one/pixels?from=10&count=2')).arrayBuffer());
    const { pixels: whole } = firstDigits('train', 400);
    expect(Buffer.compare(pixels, whole.subarray(7840, 7840 + 1568))).toBe(0);
    const picture = await studio.ask('/runs/one/images/3.png?scale=2');
    expect(picture.headers.get('content-type')).toBe('image/png');
  });

  it('says why an image is where it is', async () => {
    const image = (await (await studio.ask('/runs/one/images/7')).json()) as ImageDetail;
    const total = image.votes.reduce((sum, { share }) => sum + share, 0);
    expect(total).toBeCloseTo(1);
    expect(image.neighbours.length).toBeGreaterThan(4);
    const [first] = image.votes;
    const weight = image.neighbours
      .filter(({ kind }) => kind === first.kind)
      .reduce((sum, neighbour) => sum + neighbour.weight, 0);
    expect(weight).toBeCloseTo(first.share);
  });

  it('is held against another', async () => {
    const found = (await (await studio.ask('/runs/one/compare/two')).json()) as Comparison;
    expect(found.shared).toBe(400);
    const counted = found.counts.flat().reduce((sum, count) => sum + count, 0);
    expect(counted + (await review()).outside).toBeGreaterThanOrEqual(400);
    const same = (await (await studio.ask('/runs/one/compare/one')).json()) as Comparison;
    expect(same.changedCount).toBe(0);
  });
});

describe('edits', () => {
  it('of two tabs at once are all kept, each tab hears of the other’s, and a restart finds them', async () => {
    const events: StudioEvent[] = [];
    const listening = new AbortController();
    const stream = await studio.ask('/events', { signal: listening.signal });
    const reading = (async () => {
      for await (const part of stream.body!.pipeThrough(new TextDecoderStream())) {
        for (const [, data] of part.matchAll(/^data: (.*)$/gm)) events.push(JSON.parse(data));
      }
    })().catch(() => {});
    const names = Array.from({ length: 20 }, (_, at) => `name ${at}`);
    const answers = await Promise.all(
      names.map((name, at) => studio.post('/runs/one/edits', { do: 'name', kind: at % 5, name })),
    );
    expect(answers.map(({ status }) => status)).toEqual(names.map(() => 200));
    const lines = readFileSync(join(logDir, 'one', 'edits.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
      .slice(1);
    const kept = lines.map((line) => JSON.parse(line).edit.name);
    expect(kept.sort()).toEqual(names.sort());
    await expect.poll(() => events.filter(({ type }) => type === 'review').length).toBe(20);
    listening.abort();
    await reading;
    const before = await review();
    expect(before.revision).toBe(20);
    await studio.close();
    studio = await startStudio(logDir, faults);
    expect(await review()).toEqual(before);
    await studio.post('/runs/one/undo', {});
    expect((await review()).redo).toBe(before.undo);
  });

  it('split a kind into the parts that were proposed', async () => {
    const { kinds } = await review('two');
    const largest = kinds.toSorted((a, b) => b.size - a.size)[0];
    const proposal = await studio.post(`/runs/two/kinds/${largest.kind}/parts`, { parts: 2 });
    const { parts } = (await proposal.json()) as { parts: { images: string; size: number }[] };
    expect(parts.reduce((sum, { size }) => sum + size, 0)).toBe(largest.size);
    const answer = await studio.post('/runs/two/edits', {
      do: 'split',
      kind: largest.kind,
      parts: parts.slice(1).map(({ images }) => ({ images })),
    });
    const after = (await answer.json()) as ReviewView;
    expect(after.kinds.map(({ size }) => size).sort()).toEqual(
      [
        ...kinds.filter((kind) => kind !== largest).map(({ size }) => size),
        ...parts.map(({ size }) => size),
      ].sort(),
    );
  });
});

describe('a training', () => {
  it('is started from the page, told of, and becomes a run', { timeout: 120_000 }, async () => {
    const wish = {
      sources: [join(cwd, 'digits')],
      method: 'kin',
      quality: 'fast',
      encoder: 'auto',
      numClusters: 4,
      seed: 3,
      tag: 'three',
      steps: null,
      convolution: false,
    };
    const started = await studio.post('/jobs', wish);
    expect(await started.json()).toMatchObject({ tag: 'three', state: 'running' });
    expect((await studio.post('/jobs', wish)).status).toBe(400);
    const job = async () => ((await (await studio.ask('/jobs')).json()) as { state: string }[])[0];
    await expect.poll(async () => (await job()).state, { timeout: 100_000, interval: 200 }).toBe('finished');
    expect((await review('three')).kinds).toHaveLength(4);
    expect((await studio.post('/jobs', { ...wish, tag: '../x' })).status).toBe(400);
  });

  it('learns from the edits of a run, and is refused where there are none', async () => {
    const tag = 'taught';
    const wish = { quality: 'fast', tag };
    await studio.post('/runs/two/edits', { do: 'name', kind: 1, name: 'said' });
    await studio.post('/runs/two/edits', { do: 'move', images: '5', to: 1 });
    const started = await studio.post('/runs/two/refine', wish);
    expect(await started.json()).toMatchObject({ tag, refines: 'two', method: 'kin', state: 'running' });
    expect((await studio.post('/runs/two/refine', wish)).status).toBe(400);
    const job = async (name: string) =>
      ((await (await studio.ask('/jobs')).json()) as JobView[]).find((each) => each.tag === name);
    const ending = { timeout: 60_000, interval: 200 };
    await expect.poll(async () => (await job(tag))?.state, ending).toBe('finished');
    const { kinds } = await review(tag);
    expect(kinds.filter(({ name, isNamed }) => name === 'said' && isNamed)).toHaveLength(1);
    const image = (await (await studio.ask(`/runs/${tag}/images/5`)).json()) as ImageDetail;
    expect(kinds.find(({ kind }) => kind === image.told)?.name).toBe('said');
    const runs = (await (await studio.ask('/runs')).json()) as RunSummary[];
    expect(runs.find((run) => run.tag === tag)?.refines).toBe('two');

    await studio.post(`/runs/${tag}/refine`, { quality: 'fast', tag: 'not-taught' });
    await expect.poll(async () => (await job('not-taught'))?.state, ending).toBe('failed');
    expect((await job('not-taught'))?.notices.at(-1)).toMatch(/Nobody has edited taught yet/);
    for (const bad of [
      { ...wish, tag: '../x' },
      { ...wish, tag: 'one' },
      { quality: 'perfect', tag: null },
    ]) {
      expect((await studio.post('/runs/two/refine', bad)).status).toBe(400);
    }
  }, 120_000);

  it('that cannot begin says why', { timeout: 60_000 }, async () => {
    const wish = {
      method: 'kin',
      quality: 'fast',
      encoder: 'auto',
      numClusters: null,
      seed: 0,
      steps: null,
      convolution: false,
    };
    await studio.post('/jobs', { ...wish, sources: [join(cwd, 'nothing-here')], tag: 'four' });
    const job = async () =>
      (
        (await (await studio.ask('/jobs')).json()) as { tag: string; state: string; notices: string[] }[]
      ).find(({ tag }) => tag === 'four');
    await expect.poll(async () => (await job())?.state, { timeout: 50_000 }).toBe('failed');
    expect((await job())?.notices.at(-1)).toMatch(/nothing-here/);
  });
});
