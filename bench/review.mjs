// What a person's answers are worth: a simulated person (person.mjs) reviews runs in the studio, and the runs that learn from
// it are scored on images that were never clustered.
//
// npm run bench -- review [--only answers|corrections|meter]… [--data mnist|fashion]… [--seeds 5] [--log-dir DIR] [--record]
//
// answers      accuracy after so many answers to the studio's questions, beside as many images drawn at random
// corrections  100 wrong images are moved by hand; accuracy of the images that nobody touched, before and after learning
// meter        200 reviews without learning: how often the 95 % interval of the estimated accuracy holds the truth
//
// Runs that lie in --log-dir already are used again.
import { cpSync, existsSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import { benchRun } from '../dist/cli/commands/bench.js';
import { table } from '../dist/cli/printing/table.js';
import { createRandom } from '../dist/core/random.js';
import { openJournal } from '../dist/review/journal/journal.js';
import { refinementOf } from '../dist/review/refine.js';
import { readRunCard } from '../dist/run/files/card.js';
import { readCorrections } from '../dist/run/files/corrections.js';
import { labelsOf, sitDown, visitStudio } from './person.mjs';
import { recordTable } from './results.mjs';
import { simulatedMeters } from './review-meter.mjs';
import { wholeNumber } from './training.mjs';

const DATA = {
  mnist: { name: 'MNIST', source: undefined, flags: [], marks: [10, 20], quality: 'default' },
  fashion: {
    name: 'Fashion-MNIST',
    source: '/usr/share/datasets/fashion-mnist',
    flags: ['--num-clusters', '10'],
    marks: [30, 100, 300],
    quality: 'default',
  },
};
const PARTS = { answers, corrections, meter };
const CORRECTIONS = 100;

export async function run(words) {
  const { values } = parseArgs({
    args: words,
    options: {
      only: { type: 'string', multiple: true, default: Object.keys(PARTS) },
      data: { type: 'string', multiple: true, default: Object.keys(DATA) },
      seeds: { type: 'string', default: '5' },
      'log-dir': { type: 'string', default: 'runs/bench-review' },
      record: { type: 'boolean', default: false },
    },
  });
  const seeds = wholeNumber('seeds', values.seeds);
  const missing = values.data.map((key) => DATA[key]?.source).find((source) => source && !existsSync(source));
  if (missing !== undefined) {
    console.error(`${missing} is not there: apt-get install dataset-fashion-mnist.`);
    process.exitCode = 1;
    return;
  }
  for (const part of values.only) {
    const found = await PARTS[part]({ data: values.data, seeds, logDir: values['log-dir'] });
    console.log(
      `\n${part}\n${table(
        found.head.map((title) => ({ title, align: 'left' })),
        found.rows,
      )}`,
    );
    if (values.record) await recordTable(`review-${part}`, found);
  }
}

/** The tag of a run with these flags, trained if it is not there. */
async function trained(key, quality, seed, logDir) {
  const { source, flags } = DATA[key];
  const name = `review-${key}-${quality}`;
  const tag = `bench-${name}-${seed}`;
  if (existsSync(join(logDir, tag, 'run.json')) && readRunCard(join(logDir, tag)).finished) return tag;
  const contestant = { name, flags: [...flags, '--quality', quality] };
  await benchRun(contestant, seed, { source, logDir, threads: undefined }, new AbortController().signal);
  return tag;
}

/** A copy of a run that nobody has edited. */
function copyOf(tag, logDir, name) {
  rmSync(join(logDir, name), { recursive: true, force: true });
  cpSync(join(logDir, tag), join(logDir, name), { recursive: true });
  rmSync(join(logDir, name, 'edits.jsonl'), { force: true });
  return name;
}

/** Has `learnt` trained, unless it is there and learnt from these very words. */
async function teach(person, { logDir, copy, learnt, quality }) {
  const folder = join(logDir, learnt);
  const { assignment, before, said } = refinementOf(openJournal(join(logDir, copy)));
  const isThere = existsSync(join(folder, 'run.json')) && readRunCard(folder).finished;
  if (isThere && isDeepStrictEqual(readCorrections(folder), { assignment, before, said })) return;
  rmSync(folder, { recursive: true, force: true });
  await person.refine(learnt, quality);
}

async function answers({ data, logDir }) {
  const rows = [];
  for (const key of data) {
    const { name, marks, quality } = DATA[key];
    const tag = await trained(key, quality, 0, logDir);
    const labels = labelsOf(join(logDir, tag));
    rows.push([name, '0', '–', ...percents(readRunCard(join(logDir, tag)).metrics), '–']);
    const order = createRandom(0, 'images drawn at random').permutation(labels.length);
    for (const way of ['questions', 'random']) {
      const copy = copyOf(tag, logDir, `${tag}-${way}`);
      const studio = await visitStudio(logDir, availableParallelism());
      try {
        const person = await sitDown(studio, copy, labels);
        for (const mark of marks) {
          if (way === 'questions') await person.answerUntil(mark);
          else await person.sayUntil(mark, order);
          const learnt = `${copy}-${mark}`;
          await teach(person, { logDir, copy, learnt, quality });
          const { metrics } = readRunCard(join(logDir, learnt));
          const said = percent(await person.accuracy());
          rows.push([name, `${person.answers}`, way, ...percents(metrics), said]);
          console.log(rows.at(-1).join('  '));
        }
      } finally {
        await studio.close();
      }
    }
  }
  const head = ['images', 'answers', 'asked about', 'train, %', 'test, %', 'train before learning, %'];
  const note =
    'One-to-one accuracy. Merges of kinds with one name count as answers; a group is called what at least half of it are, nothing left out.';
  return { head, rows, note };
}

async function corrections({ data, seeds, logDir }) {
  const rows = [];
  for (const key of data) {
    const quality = key === 'fashion' ? 'default' : 'fast';
    const gains = [];
    for (let seed = 0; seed < seeds; seed++) {
      const tag = await trained(key, quality, seed, logDir);
      const labels = labelsOf(join(logDir, tag));
      const copy = copyOf(tag, logDir, `${tag}-corrected`);
      const learnt = `${copy}-learnt`;
      const studio = await visitStudio(logDir, availableParallelism());
      try {
        const person = await sitDown(studio, copy, labels);
        const before = await person.kindsOfImages();
        const names = person.names();
        const wrong = await firstWrong(studio, copy, names, before, labels);
        await person.move(wrong);
        await teach(person, { logDir, copy, learnt, quality });
        const again = await sitDown(studio, learnt, labels);
        const after = await again.kindsOfImages();
        const touched = new Set(wrong);
        const share = (kinds, called) => {
          const untouched = labels.filter((_, image) => !touched.has(image)).length;
          const right = kinds.filter(
            (kind, image) => !touched.has(image) && called.get(kind) === labels[image],
          );
          return right.length / untouched;
        };
        gains.push([share(before, names), share(after, again.names())]);
        console.log(
          key,
          seed,
          gains
            .at(-1)
            .map((each) => percent(each))
            .join(' → '),
        );
      } finally {
        await studio.close();
      }
    }
    const mean = (at) => gains.reduce((sum, pair) => sum + pair[at], 0) / gains.length;
    rows.push([
      DATA[key].name,
      quality,
      `${seeds}`,
      percent(mean(0)),
      percent(mean(1)),
      percent(mean(1) - mean(0)),
    ]);
  }
  const head = ['images', 'quality', 'seeds', 'before, %', 'after, %', 'gain'];
  const note = `Images that nobody touched, before and after a run learnt from ${CORRECTIONS} moved ones; mean over the seeds.`;
  return { head, rows, note };
}

/** Wrong images as a person finds them who looks at the doubtful ones of each kind in turn. */
async function firstWrong(studio, tag, names, kinds, labels) {
  const called = new Set(names.values());
  const walls = await Promise.all(
    [...names.keys()].map((kind) =>
      studio.get(`/runs/${tag}/kinds/${kind}/images?order=doubtful&count=4096`),
    ),
  );
  const found = [];
  for (let at = 0; found.length < CORRECTIONS && at < 4096; at++) {
    for (const { images } of walls) {
      const image = images[at];
      if (image === undefined || names.get(kinds[image]) === labels[image] || !called.has(labels[image]))
        continue;
      if (found.length < CORRECTIONS) found.push(image);
    }
  }
  return found;
}

async function meter({ data, logDir }) {
  const rows = [];
  for (const key of data) {
    const tag = await trained(key, DATA[key].quality, 0, logDir);
    const labels = labelsOf(join(logDir, tag));
    const { reviews, answers, inside, error, width } = await simulatedMeters(join(logDir, tag), labels);
    rows.push([DATA[key].name, `${reviews}`, `${answers}`, percent(inside), percent(error), percent(width)]);
    console.log(rows.at(-1).join('  '));
  }
  const head = [
    'images',
    'reviews',
    'answers',
    'intervals with the truth, %',
    'mean error, %',
    'mean width, %',
  ];
  const note = 'Each review draws its audited images in another order.';
  return { head, rows, note };
}

function percents({ train, test }) {
  return [percent(train.oneToOneAccuracy), test === null ? '–' : percent(test.oneToOneAccuracy)];
}

function percent(share) {
  return (100 * share).toFixed(2);
}
