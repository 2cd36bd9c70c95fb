// A rank of a collective for collective.test.ts: many rounds of all three operations on whole numbers, which
// float32 adds exactly, with pauses of random length so that every rank is sometimes first and sometimes last.
import { parentPort, workerData } from 'node:worker_threads';
import { createLocalCollective, shardOffsets } from '#kindred/core/collective.js';
import { createRandom } from '#kindred/core/random.js';

const { memory, rank, rounds, pauses } = workerData;
const collective = createLocalCollective(memory, rank);
const random = createRandom(1, `rank ${rank}`);
const lengths = createRandom(1, 'lengths');
const never = new Int32Array(new SharedArrayBuffer(4));
const wrong = [];

/** What `of` contributes to element `index` of a round. */
const value = (of, round, index) => ((of + 1) * 31 + round * 7 + index) % 1000;

function pause() {
  if (pauses && random.uniform() < 0.3) Atomics.wait(never, 0, 0, 2 * random.uniform());
}

function check(name, round, actual, expected) {
  const index = actual.findIndex((element, i) => element !== expected(i));
  if (index >= 0)
    wrong.push(`${name}, round ${round}, element ${index}: ${actual[index]}, not ${expected(index)}`);
}

for (let round = 0; round < rounds; round++) {
  const length = lengths.integer(memory.capacity + 1);
  const offsets = shardOffsets(length, memory.size);
  const mine = () => Float32Array.from({ length }, (_, index) => value(rank, round, index));
  const sum = (index) => {
    let total = 0;
    for (let of = 0; of < memory.size; of++) total += value(of, round, index);
    return total;
  };
  const owner = (index) => offsets.findIndex((offset, of) => offset <= index && index < offsets[of + 1]);

  pause();
  const all = mine();
  collective.allReduceSum(all);
  check('allReduceSum', round, all, sum);

  pause();
  const shares = mine();
  collective.reduceScatterSum(shares, offsets);
  check('reduceScatterSum', round, shares, (index) =>
    owner(index) === rank ? sum(index) : value(rank, round, index),
  );

  pause();
  const gathered = mine();
  collective.allGather(gathered, offsets);
  check('allGather', round, gathered, (index) => value(owner(index), round, index));
}

// Sums whose last bits depend on their order: every rank must find the same ones.
const tenths = Float32Array.from({ length: memory.capacity }, () => random.uniform());
collective.allReduceSum(tenths);
parentPort.postMessage({ wrong, sums: tenths });
