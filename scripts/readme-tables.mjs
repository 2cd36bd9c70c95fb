// Writes the tables of README's results from bench/results.json, between the markers
// `<!-- results:NAME -->` and `<!-- /results:NAME -->`; everything else in README stays as it is.
//
// node scripts/readme-tables.mjs [--check] [--results FILE] [--readme FILE]
//
// --check writes nothing, and exits 1 if README does not show what was recorded. A section without results
// is empty, and its markers may be missing.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { meanAndDeviation } from '../bench/results.mjs';
import { PUBLISHED } from '../dist/cli/commands/bench.js';

const ROOT = join(import.meta.dirname, '..');

/** What stands in each section, from all that was recorded; empty where its benchmarks have not run. */
const SECTIONS = {
  kin: ({ kin }) => (kin === undefined ? '' : kinSection(kin)),
  classic: ({ classic }) => (classic === undefined ? '' : classicSection(classic)),
  survival: ({ survival }) => (survival === undefined ? '' : survivalSection(survival)),
  speed: ({ engine, kmeans, features, knn, eigen }) => speedTables({ engine, kmeans, features, knn, eigen }),
  review: (all) =>
    speedTables({
      'review --only answers': all['review-answers'],
      'review --only corrections': all['review-corrections'],
      'review --only meter': all['review-meter'],
    }),
  map: ({ layout, map }) => speedTables({ layout, map }),
};

/** One row a method and data set, then what others have published. */
function kinSection(rows) {
  const lines = rows.map(({ flags, data, runs }) => {
    const over = (value, show) => {
      const values = runs.map(value).filter((each) => typeof each === 'number');
      return values.length === 0 ? '–' : plusMinus(meanAndDeviation(values), show);
    };
    const place = data === 'MNIST' ? '' : ' fashion-mnist';
    return [
      `\`kindred train${place}${flags.length === 0 ? '' : ` ${flags.join(' ')}`}\``,
      data,
      String(runs.length),
      different(runs.map(({ k }) => k)).join(', '),
      over(({ metrics }) => metrics?.train.oneToOneAccuracy, hundredths),
      over(({ metrics }) => metrics?.test?.oneToOneAccuracy, hundredths),
      over(
        ({ metrics }) => metrics?.test?.nmi,
        (nmi) => nmi.toFixed(3),
      ),
      over(
        ({ metrics }) => metrics?.test?.expectedCalibrationError,
        (error) => error.toFixed(3),
      ),
      over(
        ({ seconds }) => seconds,
        (seconds) => seconds.toFixed(0),
      ),
      String(Math.max(...runs.map(({ peakBytes }) => Math.round(peakBytes / 2 ** 20)))),
      'no',
    ];
  });
  const head = [
    'command',
    'images',
    'seeds',
    'kinds',
    'train',
    'test',
    'NMI, test',
    'calibration error',
    'seconds',
  ];
  const published = PUBLISHED.map(({ method, source, mnist, fashion, pickedByLabels }) => [
    `${method} (${source})`,
    mnist === null ? '–' : percent(mnist),
    fashion === null ? '–' : percent(fashion),
    pickedByLabels ? 'yes' : 'no',
  ]);
  return [
    markdown([...head, 'MB', 'picked by labels?'], lines),
    'Accuracy one-to-one, in percent, mean ± sample standard deviation over the seeds; the test images were never ' +
      'clustered. Calibration error: expected calibration error on test images. Seconds and memory of the whole ' +
      'command. Nobody told the number of kinds where no `--num-clusters` stands.',
    markdown(['published, without labels', 'MNIST', 'Fashion-MNIST', 'picked by labels?'], published),
    'Published one-to-one accuracies in percent; “picked by labels” means that the epoch, the run or a ' +
      'hyper-parameter was chosen by looking at them. ' +
      `${madeText(rows)} \`npm run bench -- kin\` measures it again; \`kindred bench DIR\` compares on other images.`,
  ].join('\n\n');
}

function classicSection(configurations) {
  const byClusters = groupBy(configurations, ({ numClusters }) => numClusters.join());
  return [
    configurationTable(configurations),
    'Accuracy in percent. Majority: each kind is named by its most frequent digit, so several may share one. ' +
      'One-to-one: each digit has one kind at most. The test images were never clustered; the names are the ' +
      "training images'.",
    ...[...byClusters.values()].map(accuracyTable),
    `Mean ± sample standard deviation over ${seedsText(configurations)}. ` +
      `${madeText(configurations)} \`npm run bench -- classic\` measures it again.`,
  ].join('\n\n');
}

function configurationTable(configurations) {
  const rows = configurations.map(({ name, flags, summary }) => [
    name,
    `\`${`kindred train ${flags}`.trim()}\``,
    summary.heldOutLoss ? plusMinus(summary.heldOutLoss, (error) => error.toFixed(5)) : '–',
    summary.trainingSeconds ? plusMinus(summary.trainingSeconds, (seconds) => seconds.toFixed(1)) : '–',
  ]);
  return markdown(['configuration', 'command', 'error on test images', 'training, s'], rows);
}

const METRICS = [
  ['majority', 'majorityAccuracy'],
  ['one-to-one', 'oneToOneAccuracy'],
];

/** Configurations with the same K: two rows each, a column for each accuracy and K. */
function accuracyTable(configurations) {
  const { numClusters } = configurations[0];
  const columns = METRICS.flatMap(([title, metric]) => numClusters.map((k) => ({ title, metric, k })));
  const head = ['configuration', 'images', ...columns.map(({ title, k }) => `${title}, K = ${k}`)];
  const rows = configurations.flatMap(({ name, summary: { clusters } }) =>
    ['test', 'train'].map((images) => [
      images === 'test' ? name : '',
      images,
      ...columns.map(({ metric, k }) => plusMinus(clusters[k][images][metric], percent)),
    ]),
  );
  return markdown(head, rows);
}

function survivalSection({ flags, machine, meanImageError, runs }) {
  const errors = runs.map(({ error }) => error ?? Number.POSITIVE_INFINITY);
  const alive = errors.filter((error) => error < meanImageError).length;
  const [least, most] = [Math.min(...errors), Math.max(...errors)].map((error) => error.toFixed(5));
  return (
    `\`kindred train ${flags}\` with ${runs.length} seeds: ${alive} reconstruct the test images better than ` +
    `the mean training image does (mean squared error a pixel from ${least} to ${most}, the mean image: ` +
    `${meanImageError.toFixed(5)}). ${madeText([{ machine, runs }])} \`npm run bench -- survival\` measures it again.`
  );
}

/** Those that are recorded. */
function speedTables(tables) {
  return Object.entries(tables)
    .filter(([, recorded]) => recorded !== undefined)
    .map(([name, recorded]) => speedTable(name, recorded))
    .join('\n\n');
}

function speedTable(name, { head, rows, note, machine, ...made }) {
  const lines = [markdown(head, rows)];
  if (note !== '') lines.push(note);
  lines.push(`${madeText([{ machine, runs: [made] }])} \`npm run bench -- ${name}\` measures it again.`);
  return lines.join('\n\n');
}

/** `seeds 0–4`, or, where they differ, what each configuration has. */
function seedsText(configurations) {
  const bySeeds = groupBy(configurations, ({ runs }) => seedList(runs.map(({ seed }) => seed)));
  if (bySeeds.size === 1) return [...bySeeds.keys()][0];
  return [...bySeeds]
    .map(([seeds, group]) => `${seeds} (${group.map(({ name }) => name).join(', ')})`)
    .join(' and ');
}

function seedList(seeds) {
  if (seeds.length === 1) return `seed ${seeds[0]} alone`;
  const last = seeds[seeds.length - 1];
  const unbroken = last - seeds[0] === seeds.length - 1;
  return `seeds ${unbroken ? `${seeds[0]}–${last}` : seeds.join(', ')}`;
}

/** One sentence: machine, versions, commit, day; all of them where the results are of several. */
function madeText(measured) {
  const machines = measured.map(
    ({ machine: { cpu, cores, node, onnxruntime } }) =>
      `${cpu} with ${cores} cores, Node ${node}, onnxruntime ${onnxruntime}`,
  );
  const runs = measured.flatMap((entry) => entry.runs);
  const versions = different(runs.map(({ kindred }) => kindred)).join(', ');
  const commits = different(runs.map(({ commit }) => commit));
  const days = different(runs.map(({ date }) => date)).sort();
  const [first, last] = [days[0], days[days.length - 1]];
  return (
    `Measured on ${different(machines).join('; ')}, kindred ${versions}, ` +
    `commit${commits.length === 1 ? '' : 's'} ${commits.join(', ')}, ${first === last ? first : `${first} to ${last}`}.`
  );
}

/** Groups in the order in which their keys first appear. */
function groupBy(values, keyOf) {
  const groups = new Map();
  for (const value of values) groups.set(keyOf(value), [...(groups.get(keyOf(value)) ?? []), value]);
  return groups;
}

function different(values) {
  return [...new Set(values)];
}

function plusMinus({ mean, standardDeviation }, show) {
  return standardDeviation === null ? show(mean) : `${show(mean)} ± ${show(standardDeviation)}`;
}

function hundredths(fraction) {
  return (100 * fraction).toFixed(2);
}

function percent(fraction) {
  return (100 * fraction).toFixed(1);
}

function markdown(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}

/** README with every section as it should be. Throws if results have no place in it. */
function withSections(readme, results) {
  let text = readme;
  for (const [name, section] of Object.entries(SECTIONS)) {
    const [open, close] = [`<!-- results:${name} -->`, `<!-- /results:${name} -->`];
    const content = section(results);
    const [start, end] = [text.indexOf(open), text.indexOf(close)];
    if (start >= 0 && end > start) {
      text = `${text.slice(0, start + open.length)}\n${content === '' ? '' : `${content}\n`}${text.slice(end)}`;
    } else if (content !== '' || start !== end) {
      throw new Error(`README has no place for what was recorded: add the lines ${open} and ${close}.`);
    }
  }
  return text;
}

const { values } = parseArgs({
  options: {
    check: { type: 'boolean', default: false },
    results: { type: 'string', default: join(ROOT, 'bench', 'results.json') },
    readme: { type: 'string', default: join(ROOT, 'README.md') },
  },
});
const results = existsSync(values.results) ? JSON.parse(readFileSync(values.results, 'utf8')) : {};
const readme = readFileSync(values.readme, 'utf8');
const wanted = withSections(readme, results);
if (!values.check) {
  if (wanted !== readme) writeFileSync(values.readme, wanted);
} else if (wanted !== readme) {
  console.error(`${values.readme} does not show what was recorded: run node scripts/readme-tables.mjs.`);
  process.exitCode = 1;
}
