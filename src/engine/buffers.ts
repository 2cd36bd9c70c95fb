// Large buffers for the runtime, placed so that they do not disturb each other. Every large ArrayBuffer begins
// at the same place of a memory page, and a kernel that reads one array and writes another at equal distances
// modulo 4 KiB stalls on false store-to-load conflicts: an elementwise pass over 13 MB took 8–10 ms
// instead of 2.7. So each buffer here starts at another place of its page.

/** Floats in a page. */
const PAGE = 1024;
/** Floats between the starts of two buffers: not a divisor of a page, and a multiple of a cache line. */
const STRIDE = 144;

/** Makes copies of float vectors; each copy begins at another place of a page than the ones before. */
export function createStaggeredCopier(): (values: Float32Array) => Float32Array {
  let count = 0;
  return (values) => {
    const start = (count++ * STRIDE) % PAGE;
    const copy = new Float32Array(values.length + PAGE).subarray(start, start + values.length);
    copy.set(values);
    return copy;
  };
}
