// Heads on an encoder's vectors beside PyTorch: three pairs, six rounds each, of 10,000 vectors of 256 numbers around ten planted
// centres, of whose kinds the graph has 15 % wrong. Seconds from vectors and graph to probabilities, and the share of the planted
// kinds that is found, so that both are seen to learn the same.
//
//   npm run bench -- heads [--rounds 3] [--record], with PyTorch: PEER_PYTHON=… names its Python.
//
// Both run in processes that are pinned to as many cores as threads, and take turns.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createRandom } from '../dist/core/random.js';
import { sharedFloats } from '../dist/core/shared-memory.js';
import { fuzzyGraph } from '../dist/graph/fuzzy-weights.js';
import { nearestNeighbours } from '../dist/graph/neighbours/nearest-neighbours.js';
import { trainHeads } from '../dist/methods/kin/heads.js';
import { alternate, median, spread, table, timed } from './measure.mjs';
import { hasPeer, openPinned, PEER_PYTHON } from './peer.mjs';
import { recordTable } from './results.mjs';
import { wholeNumber } from './training.mjs';

const [COUNT, COLUMNS, KINDS, NEIGHBOURS] = [10_000, 256, 10, 10];
const SPREAD = 6;
const WRONG = 0.15;
const FILES = { data: Float32Array, assignment: Int32Array, vote: Float32Array, planted: Int32Array };
const GRAPH = { offsets: Int32Array, neighbours: Int32Array, weights: Float32Array };

export async function run(words = []) {
  const options = { record: { type: 'boolean', default: false }, rounds: { type: 'string', default: '3' } };
  const { values } = parseArgs({ args: words, options });
  const rounds = wholeNumber('rounds', values.rounds);
  if (!hasPeer(['torch', 'numpy'], { name: 'PyTorch', packages: 'python3-torch' })) return;
  const folder = mkdtempSync(join(tmpdir(), 'kindred-bench-'));
  try {
    await writePile(folder);
    const rows = [];
    const ratios = [];
    for (const threads of [1, 2]) {
      const self = fileURLToPath(import.meta.url);
      const ours = openPinned(threads, process.execPath, [self, 'answer', folder, String(threads)]);
      const script = fileURLToPath(new URL('./heads_peer.py', import.meta.url));
      const shape = [COUNT, COLUMNS, KINDS].map(String);
      const peer = openPinned(threads, PEER_PYTHON, [script, folder, String(threads), ...shape]);
      const { version } = await peer.read();
      const results = await alternate(rounds, {
        kindred: () => ours.ask({}),
        [`PyTorch ${version}`]: () => peer.ask({}),
      });
      for (const { close } of [ours, peer]) close();
      for (const [who, turns] of Object.entries(results)) {
        const of = (name, digits) =>
          spread(
            turns.map((turn) => turn[name]),
            digits,
          );
        rows.push([threads, who, of('seconds', 2), of('found', 4)]);
      }
      const [own, theirs] = Object.values(results).map((turns) =>
        median(turns.map(({ seconds }) => seconds)),
      );
      ratios.push(`ratio heads-${threads} ${(theirs / own).toFixed(2)}`);
    }
    const head = ['threads', 'who', 'seconds: median (least–most)', 'share found'];
    console.log(`${table(head, rows)}\n\n${ratios.join('\n')}`);
    if (values.record) await recordTable('heads', { head, rows });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Vectors, graph, kinds with mistakes, votes and planted kinds, as files of raw numbers. */
async function writePile(folder) {
  const random = createRandom(1, 'heads');
  const centres = Float32Array.from({ length: KINDS * COLUMNS }, () => random.normal());
  const data = sharedFloats(COUNT * COLUMNS);
  const planted = Int32Array.from({ length: COUNT }, (_, row) => row % KINDS);
  data.forEach((_, at) => {
    const kind = planted[Math.floor(at / COLUMNS)];
    data[at] = (centres[kind * COLUMNS + (at % COLUMNS)] + SPREAD * random.normal()) / Math.hypot(1, SPREAD);
  });
  const assignment = planted.map((kind) => (random.uniform() < WRONG ? random.integer(KINDS) : kind));
  const vote = Float32Array.from(
    assignment,
    (kind, row) => (kind === planted[row] ? 0.5 : 0) + random.uniform(),
  );
  const rows = { data, rows: COUNT, columns: COLUMNS };
  const near = await nearestNeighbours(rows, {
    k: NEIGHBOURS,
    threads: 2,
    report: () => {},
    signal: new AbortController().signal,
  });
  const { offsets, neighbours, weights } = fuzzyGraph(near);
  const numbers = { data, assignment, vote, planted, offsets, neighbours, weights };
  for (const [name, type] of Object.entries({ ...FILES, ...GRAPH })) {
    writeFileSync(join(folder, name), Buffer.from(type.from(numbers[name]).buffer));
  }
}

/** Our side: one training of all heads a line of standard input. */
async function answer(folder, threads) {
  const read = (name, type) => {
    const bytes = readFileSync(join(folder, name));
    return new type(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  };
  const of = (types) =>
    Object.fromEntries(Object.entries(types).map(([name, type]) => [name, read(name, type)]));
  const { data, planted, ...known } = of(FILES);
  const shared = sharedFloats(data.length);
  shared.set(data);
  const inputs = { data: shared, rows: COUNT, columns: COLUMNS };
  const graph = { count: COUNT, ...of(GRAPH) };
  const job = { ...known, inputs, graph, k: KINDS, words: null, seed: 0, threads };
  const context = { report: () => {}, signal: new AbortController().signal };
  for await (const _ of createInterface({ input: process.stdin })) {
    const { seconds, result } = await timed(() => trainHeads(job, context));
    const right = planted.filter((kind, row) => {
      const own = result.probabilities.subarray(row * KINDS, (row + 1) * KINDS);
      return own.indexOf(Math.max(...own)) === kind;
    });
    process.stdout.write(`${JSON.stringify({ seconds, found: right.length / COUNT })}\n`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url) && process.argv[2] === 'answer') {
  await answer(process.argv[3], Number(process.argv[4]));
}
