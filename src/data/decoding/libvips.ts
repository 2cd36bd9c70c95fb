// libvips, through sharp. It is loaded when it is first asked for, since many datasets need none of it and it takes a tenth of a second.

export type Libvips = typeof import('sharp')['default'];

let loading: Promise<Libvips> | undefined;

export function libvips(): Promise<Libvips> {
  loading ??= import('sharp').then(({ default: sharp }) => {
    // Files are read once, and pictures are many and small: a thread each, and nothing kept.
    sharp.cache(false);
    sharp.concurrency(1);
    return sharp;
  });
  return loading;
}

// How many pictures libvips has in hand. What is handed to its threads cannot be taken back, and a process that ends waits
// for all of it: with a few at a time, one that is asked to stop does.

/** Enough to keep the four threads of libuv busy while files are opened. */
const AT_ONCE = 6;

export interface Gate {
  /** Runs `work` when it is its turn; never, once the gate is closed. */
  through<T>(work: () => Promise<T>): Promise<T>;
  close(): void;
}

export function openGate(atOnce: number = AT_ONCE): Gate {
  let free = atOnce;
  let waiting: (() => void)[] = [];
  let isClosed = false;
  return {
    async through(work) {
      if (free === 0 || isClosed) await new Promise<void>((resolve) => waiting.push(resolve));
      else free -= 1;
      try {
        return await work();
      } finally {
        const next = waiting.shift();
        if (next === undefined) free += 1;
        else next();
      }
    },
    close() {
      isClosed = true;
      waiting = [];
    },
  };
}
