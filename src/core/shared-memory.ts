// Arrays that every thread reads and writes at the same place, so that nothing is copied between them.

export function sharedFloats(length: number): Float32Array {
  return new Float32Array(new SharedArrayBuffer(length * Float32Array.BYTES_PER_ELEMENT));
}

export function sharedBytes(length: number): Uint8Array {
  return new Uint8Array(new SharedArrayBuffer(length));
}

/** The same values in shared memory: the array itself where it lies there, else a copy. */
export function inSharedMemory<T extends Uint8Array | Float32Array>(values: T): T {
  if (values.buffer instanceof SharedArrayBuffer) return values;
  const copy = values instanceof Uint8Array ? sharedBytes(values.length) : sharedFloats(values.length);
  copy.set(values);
  return copy as T;
}
