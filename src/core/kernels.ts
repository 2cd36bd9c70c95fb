// Inner loops compiled to WebAssembly SIMD, where JavaScript is too slow: V8 does not vectorise. The source of
// dist/ROOM/NAME.wasm is kernels/ROOM/NAME.ts (AssemblyScript; kernels/build.mjs compiles it), the tests
// compare it with a plain version.
//
// A kernel has no memory of its own: all threads import the one that their caller made and lays out, so that
// arrays in it are views of one SharedArrayBuffer and nothing is copied.
import { readFileSync } from 'node:fs';

/** Shared by threads as it is: pass it to workers. At most 4 GiB. */
export interface KernelMemory {
  readonly buffer: SharedArrayBuffer;
}

/** Compiled code: pass it to workers, where `startKernel` takes it. */
export interface KernelModule {
  readonly [compiled: symbol]: true;
}

/** The part of WebAssembly that kernels use; Node's types leave it to those of browsers. */
interface Runtime {
  readonly Memory: new (size: { initial: number; maximum: number; shared: true }) => KernelMemory;
  readonly Module: new (bytes: Uint8Array) => KernelModule;
  readonly Instance: new (
    module: KernelModule,
    imports: { env: { memory: KernelMemory } },
  ) => { exports: unknown };
}

const { WebAssembly: runtime } = globalThis as unknown as { WebAssembly: Runtime };
const PAGE_BYTES = 65_536;
const MOST_BYTES = 65_536 * PAGE_BYTES;

/** Memory of zeros for all threads of one piece of work, called `work` in the RangeError if 4 GiB are too few. */
export function openKernelMemory(work: string, bytes: number): KernelMemory {
  if (bytes > MOST_BYTES) {
    const gibibytes = (bytes / 2 ** 30).toFixed(1);
    throw new RangeError(`${work} needs ${gibibytes} GiB of memory at once, and at most 4 are possible`);
  }
  const pages = Math.max(1, Math.ceil(bytes / PAGE_BYTES));
  return new runtime.Memory({ initial: pages, maximum: pages, shared: true });
}

/** A memory that is laid out part by part, then opened. */
export interface MemoryPlan {
  /** Where the next part, of `bytes` bytes, begins: at a whole 64, as lines of the caches do. */
  room(bytes: number): number;
  open(): KernelMemory;
}

/** As `openKernelMemory`, for parts whose places are to be found. */
export function planKernelMemory(work: string): MemoryPlan {
  let end = 0;
  return {
    room(bytes) {
      const start = end;
      end += Math.ceil(bytes / 64) * 64;
      return start;
    },
    open: () => openKernelMemory(work, end),
  };
}

// At once, since a module that waits for its kernel while it is loaded could not be required.

/** `file` stands beside its caller: `new URL('./name.wasm', import.meta.url)`. */
export function compileKernel(file: URL): KernelModule {
  return new runtime.Module(readFileSync(file));
}

/** The exported functions of a kernel over `memory`, one set for each thread. */
export function startKernel<Exports>(module: KernelModule, memory: KernelMemory): Exports {
  return new runtime.Instance(module, { env: { memory } }).exports as Exports;
}
