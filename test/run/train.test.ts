// A training as one call: what lies in the run's folder at which moment, whatever ends it. (The command line and the library have tests
// of what they make of it.)
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { InputError, InterruptedError } from '#kindred/core/errors.js';
import type { Progress } from '#kindred/core/progress.js';
import { NO_FRAMING_CHOICES } from '#kindred/data/framing/framing.js';
import { READING_LIMITS } from '#kindred/data/pictures.js';
import type { MethodOptionChoices } from '#kindred/methods/choices.js';
import { type RunCard, readRunCard } from '#kindred/run/files/card.js';
import { npyHeader } from '#kindred/run/files/npy.js';
import { growRun } from '#kindred/run/growing/grow.js';
import { completeRequest, type RunContext, type TrainRequest } from '#kindred/run/writing/plan.js';
import { trainRun } from '#kindred/run/writing/train.js';
import { sharedFolder } from '../support/folders.js';
import { plantedImages } from '../support/planted-images.js';

const home = sharedFolder();
const pile = join(home, 'pile.npy');
const COUNT = 240;

beforeAll(() => {
  writeFileSync(pile, Buffer.concat([npyHeader('|u1', [COUNT, 28, 28]), plantedImages(COUNT).data]));
});

const FAST: MethodOptionChoices = { quality: 'fast', threads: 2 };
const NETWORKS: MethodOptionChoices = { quality: 'default', networkEpochs: 1, threads: 2 };
const CLASSIC: MethodOptionChoices = {
  method: 'autoencoder',
  threads: 1,
  network: { encodingSize: 8 },
  training: { steps: 40 },
  clustering: { numClusters: 4 },
};

function train(wishes: Partial<TrainRequest>, context: Partial<RunContext> = {}): Promise<RunCard> {
  const request = completeRequest({ sources: [pile], logDir: join(home, 'runs'), ...wishes });
  return trainRun(request, { report: () => {}, signal: new AbortController().signal, ...context });
}

/** Aborts as soon as `isNow`. */
function abortedWhen(isNow: (progress: Progress) => boolean): Pick<RunContext, 'report' | 'signal'> {
  const controller = new AbortController();
  const report = (progress: Progress) => {
    if (isNow(progress)) controller.abort();
  };
  return { report, signal: controller.signal };
}

const folderOf = (tag: string) => join(home, 'runs', tag);
const filesOf = (tag: string) => readdirSync(folderOf(tag), { recursive: true, encoding: 'utf8' }).sort();

/** Notes when the images are read first, and lets that take a moment. */
function slowReader() {
  let began = 0;
  const report = ({ stage }: Progress) => {
    if (stage !== 'read' || began > 0) return;
    began = Date.now();
    while (Date.now() < began + 20);
  };
  return { report, began: () => began };
}

describe('a run that ends well', () => {
  it('started before its images were read, and so did one that grew from it', async () => {
    const logDir = join(home, 'started');
    const reader = slowReader();
    const card = await train({ logDir, tag: 'old', options: FAST }, reader);
    expect(Date.parse(card.startedAt)).toBeLessThanOrEqual(reader.began());
    const images = { sources: [pile], limits: READING_LIMITS, framing: NO_FRAMING_CHOICES, strict: false };
    const place = { logDir, tag: 'grown', overwrite: false, command: [] };
    const again = slowReader();
    const { signal } = new AbortController();
    const grown = await growRun({ ...images, ...place, run: join(logDir, 'old') }, { ...again, signal });
    expect(Date.parse(grown.startedAt)).toBeLessThanOrEqual(again.began());
  });

  it('has its card, its tables, its models and its report', async () => {
    const notices: string[] = [];
    const stages: string[] = [];
    const card = await train(
      { tag: 'whole', options: FAST },
      {
        notice: (line) => notices.push(line),
        report: ({ stage }) => {
          if (stages.at(-1) !== stage) stages.push(stage);
        },
      },
    );
    expect(readRunCard(folderOf('whole'))).toEqual(card);
    expect(card).toMatchObject({ finished: true, k: 4, tag: 'whole', metrics: null, labelsProblem: null });
    expect(filesOf('whole')).toEqual(
      expect.arrayContaining([
        'assignments.csv',
        'codes.npy',
        'findings.csv',
        'kinds.csv',
        join('model', 'classifier.onnx'),
        join('model', 'encoder.onnx'),
        'report.html',
        'run.json',
        'skipped.csv',
      ]),
    );
    expect(filesOf('whole')).not.toContain('writer.pid');
    expect(stages[0]).toBe('read');
    expect(stages.indexOf('features')).toBeLessThan(stages.indexOf('kinds'));
    expect(notices.join('\n')).toContain('ground');
  });

  it('shows a first result that is whole before networks refine it', async () => {
    const seen: { networks: string | undefined; files: string[]; kept: boolean }[] = [];
    const losses: string[] = [];
    const card = await train(
      { tag: 'two', options: NETWORKS },
      {
        onFirstResult(first) {
          const kept = readRunCard(folderOf('two'));
          seen.push({
            networks: first.kin?.networks.state,
            files: filesOf('two'),
            kept: kept.finished && kept.kin?.networks.state === 'pending',
          });
        },
        onLoss: (curve) => losses.push(curve),
      },
    );
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({ networks: 'pending', kept: true });
    expect(seen[0].files).toEqual(expect.arrayContaining(['assignments.csv', 'report.html', 'kinds.csv']));
    expect(card.kin?.networks.state).toBe('trained');
    expect(new Set(losses).size).toBe(2);
  });

  it('keeps the curves of the auto-encoder', async () => {
    const points: number[] = [];
    let pictures = 0;
    const card = await train(
      { tag: 'classic', options: CLASSIC },
      {
        onLoss: (curve, at, loss) => {
          expect(curve).toBe('training');
          points.push(at);
          expect(loss).toBeGreaterThan(0);
        },
        onPictures: () => pictures++,
      },
    );
    expect(card.training).toMatchObject({ stepsDone: 40, heldOutLoss: null });
    expect(card.training?.finalLoss).toBeGreaterThan(0);
    expect(points.at(-1)).toBe(40);
    expect(pictures).toBeGreaterThan(1);
    expect(filesOf('classic')).toContain(join('checkpoint', 'state.json'));
  });
});

describe('a run that does not end well', () => {
  it('leaves nothing where the images do not fit the wishes', async () => {
    const options = { ...FAST, clustering: { numClusters: COUNT + 1 } };
    await expect(train({ tag: 'many', options })).rejects.toThrow(InputError);
    await expect(train({ tag: 'gone', sources: [join(home, 'nowhere')] })).rejects.toThrow(InputError);
    expect(readdirSync(join(home, 'runs'))).not.toEqual(expect.arrayContaining(['many']));
    expect(existsSync(folderOf('gone'))).toBe(false);
  });

  it('leaves nothing where it was stopped before there was anything to go on from', async () => {
    const early = train(
      { tag: 'early', options: FAST },
      abortedWhen(({ stage }) => stage === 'read'),
    );
    await expect(early).rejects.toThrow(InterruptedError);
    await expect(early).rejects.toThrow(/nothing was written/);
    expect(existsSync(folderOf('early'))).toBe(false);
  });

  it('says how to go on where it was stopped later, and goes on from there', async () => {
    const stopped = train(
      { tag: 'stopped', options: NETWORKS },
      abortedWhen(({ stage }) => stage === 'networks'),
    );
    await expect(stopped).rejects.toThrow(/kindred train --resume --tag stopped --log-dir/);
    expect(readRunCard(folderOf('stopped')).kin?.networks.state).toBe('pending');
    const card = await train({ tag: 'stopped', resume: true });
    expect(card.kin?.networks.state).toBe('trained');
    const assignments = (tag: string) => readFileSync(join(folderOf(tag), 'assignments.csv'), 'utf8');
    expect(assignments('stopped')).toBe(assignments('two'));
  });

  it('leaves the run as it was that it was to replace, until the new one is whole', async () => {
    const before = readFileSync(join(folderOf('whole'), 'run.json'), 'utf8');
    const again = { tag: 'whole', overwrite: true, options: { ...FAST, seed: 3 } };
    await expect(
      train(
        again,
        abortedWhen(({ stage }) => stage === 'neighbours'),
      ),
    ).rejects.toThrow(InterruptedError);
    expect(readFileSync(join(folderOf('whole'), 'run.json'), 'utf8')).toBe(before);
    await expect(
      train({ ...again, options: { ...again.options, clustering: { numClusters: COUNT + 1 } } }),
    ).rejects.toThrow(InputError);
    expect(readFileSync(join(folderOf('whole'), 'run.json'), 'utf8')).toBe(before);
    const card = await train(again);
    expect(card.seed).toBe(3);
    expect(readRunCard(folderOf('whole')).seed).toBe(3);
    expect(readdirSync(join(home, 'runs')).filter((name) => name.startsWith('.'))).toEqual([]);
  });
});
