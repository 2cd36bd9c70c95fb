// Sums between the workers that train together: the seam behind which one machine or many may stand.
//
// Every method is collective: all ranks call it, in the same order, with arrays of the same length; it
// blocks its thread until the others have come. Sums are taken in the order of the ranks, so that they are
// the same bits on every rank and in every run.

/** Where each rank's share of a vector begins; one more entry than ranks, the last is the vector's length. */
export type ShardOffsets = readonly number[];

export interface Collective {
  readonly rank: number;
  readonly size: number;
  /** Replaces `values` by its sum over all ranks. */
  allReduceSum(values: Float32Array): void;
  /** Replaces this rank's share of `values` by its sum over all ranks; the rest stays as it was. */
  reduceScatterSum(values: Float32Array, offsets: ShardOffsets): void;
  /** Replaces every other rank's share of `values` by that rank's. */
  allGather(values: Float32Array, offsets: ShardOffsets): void;
}

/** Equal shares (to one element) of a vector of `length` for `size` ranks. */
export function shardOffsets(length: number, size: number): ShardOffsets {
  return Array.from({ length: size + 1 }, (_, rank) => Math.floor((length * rank) / size));
}

/** Memory through which the ranks of one process meet; it can be posted to workers. */
export interface LocalCollectiveMemory {
  readonly size: number;
  /** Longest vector that can be exchanged, in floats. */
  readonly capacity: number;
  readonly values: SharedArrayBuffer;
  readonly barrier: SharedArrayBuffer;
}

export function createLocalMemory(size: number, capacity: number): LocalCollectiveMemory {
  const values = new SharedArrayBuffer(2 * size * capacity * Float32Array.BYTES_PER_ELEMENT);
  return { size, capacity, values, barrier: new SharedArrayBuffer(3 * Int32Array.BYTES_PER_ELEMENT) };
}

/** Whoever waits for other ranks fails from now on: one of them has, or nobody wants the result any more. */
export function abandon({ barrier }: LocalCollectiveMemory): void {
  const state = new Int32Array(barrier);
  Atomics.store(state, 2, 1);
  Atomics.add(state, 1, 1);
  Atomics.notify(state, 1);
}

/** This thread's end of a collective over shared memory. */
export function createLocalCollective(memory: LocalCollectiveMemory, rank: number): Collective {
  const { size, capacity } = memory;
  const barrier = new Int32Array(memory.barrier);
  // Two areas in turn: a rank that is ahead by one operation writes where nobody can still be reading, so
  // that one barrier an operation is enough.
  const areas = [0, 1].map((area) =>
    Array.from({ length: size }, (_, slot) => {
      const offset = (area * size + slot) * capacity * Float32Array.BYTES_PER_ELEMENT;
      return new Float32Array(memory.values, offset, capacity);
    }),
  );
  let operations = 0;

  function nextArea(length: number): Float32Array[] {
    if (length > capacity) throw new RangeError(`collective: ${length} floats, but room for ${capacity}`);
    return areas[operations++ % 2];
  }

  function sum(values: Float32Array, start: number, end: number): void {
    if (size === 1) return;
    const slots = nextArea(values.length);
    slots[rank].set(values);
    waitForAll(barrier, size);
    sumSlots(values, slots, start, end);
  }

  return {
    rank,
    size,
    allReduceSum: (values) => sum(values, 0, values.length),
    reduceScatterSum: (values, offsets) => sum(values, offsets[rank], offsets[rank + 1]),
    allGather(values, offsets) {
      if (size === 1) return;
      const slots = nextArea(values.length);
      slots[rank].set(values.subarray(offsets[rank], offsets[rank + 1]), offsets[rank]);
      waitForAll(barrier, size);
      slots.forEach((slot, other) => {
        if (other === rank) return;
        values.set(slot.subarray(offsets[other], offsets[other + 1]), offsets[other]);
      });
    },
  };
}

function sumSlots(target: Float32Array, slots: readonly Float32Array[], start: number, end: number): void {
  target.set(slots[0].subarray(start, end), start);
  for (const slot of slots.slice(1)) {
    for (let index = start; index < end; index++) target[index] += slot[index];
  }
}

/** Turns of looking before a thread sleeps: a few tens of microseconds, about what waking it would cost. */
const SPINS = 20_000;

/** A barrier of `size` threads: [arrived, generation, abandoned]. */
function waitForAll(state: Int32Array, size: number): void {
  const generation = Atomics.load(state, 1);
  if (Atomics.add(state, 0, 1) === size - 1) {
    Atomics.store(state, 0, 0);
    Atomics.add(state, 1, 1);
    Atomics.notify(state, 1);
    return;
  }
  for (let spins = 0; Atomics.load(state, 1) === generation; spins++) {
    if (spins < SPINS) continue;
    if (Atomics.load(state, 2) === 1) break;
    Atomics.wait(state, 1, generation);
  }
  if (Atomics.load(state, 2) === 1) throw new Error('The training was abandoned');
}
