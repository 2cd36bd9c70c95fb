// The only source of randomness in kindred: a seeded generator, split by name.
//
// Generator: xoshiro128** (Blackman & Vigna, "Scrambled linear pseudorandom number generators", 2021),
// seeded through SplitMix32 from the seed and an FNV-1a hash of the stream's name. A stream depends on its
// seed and name alone, so that work can be resumed, reordered or moved between workers without changing a
// bit of the result.

/** A stream of random numbers. Every method advances it. */
export interface Random {
  /** Uniform in [0, 1), 32 bits of resolution. */
  uniform(): number;
  /** Uniform integer in [0, bound); `bound` from 1 to 2³². */
  integer(bound: number): number;
  /** Standard normal (Box–Muller). */
  normal(): number;
  /** The integers 0 … length − 1 in random order (Fisher–Yates). */
  permutation(length: number): Uint32Array;
}

/** The stream called `stream` of `seed`: equal arguments give equal numbers. */
export function createRandom(seed: number, stream: string): Random {
  const splitMix = splitMix32((seed ^ fnv1a(stream)) >>> 0, Math.floor(seed / 2 ** 32) >>> 0);
  let [a, b, c, d] = [splitMix(), splitMix(), splitMix(), splitMix()];

  function next(): number {
    const product = Math.imul(b, 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = (d << 11) | (d >>> 21);
    return result;
  }

  function integer(bound: number): number {
    // Rejection keeps every value equally likely (Lemire 2019 discusses the alternatives).
    const limit = 2 ** 32 - (2 ** 32 % bound);
    let value = next();
    while (value >= limit) value = next();
    return value % bound;
  }

  let spareNormal = Number.NaN;
  return {
    uniform: () => next() / 2 ** 32,
    integer,
    normal() {
      if (!Number.isNaN(spareNormal)) {
        const spare = spareNormal;
        spareNormal = Number.NaN;
        return spare;
      }
      const radius = Math.sqrt(-2 * Math.log((next() + 1) / 2 ** 32));
      const angle = (2 * Math.PI * next()) / 2 ** 32;
      spareNormal = radius * Math.sin(angle);
      return radius * Math.cos(angle);
    },
    permutation(length) {
      const order = Uint32Array.from({ length }, (_, index) => index);
      for (let index = length - 1; index > 0; index--) {
        const other = integer(index + 1);
        const held = order[index];
        order[index] = order[other];
        order[other] = held;
      }
      return order;
    },
  };
}

function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}

function splitMix32(state: number, high: number): () => number {
  let counter = (state + Math.imul(high, 0x9e3779b9)) >>> 0;
  return () => {
    counter = (counter + 0x9e3779b9) >>> 0;
    let mixed = counter;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return (mixed ^ (mixed >>> 16)) >>> 0;
  };
}
