// A gate that lets a few pieces of work through at a time.

export interface Gate {
  /** Runs `work` when it is its turn; never, once the gate is closed. It is given a place that is its alone, from 0 on. */
  through<T>(work: (place: number) => Promise<T>): Promise<T>;
  close(): void;
}

export function openGate(atOnce: number): Gate {
  const free = Array.from({ length: atOnce }, (_, place) => place);
  let waiting: ((place: number) => void)[] = [];
  let isClosed = false;
  return {
    async through(work) {
      const own = isClosed ? undefined : free.pop();
      const place = own ?? (await new Promise<number>((resolve) => waiting.push(resolve)));
      try {
        return await work(place);
      } finally {
        const next = isClosed ? undefined : waiting.shift();
        if (next === undefined) free.push(place);
        else next(place);
      }
    },
    close() {
      isClosed = true;
      waiting = [];
    },
  };
}
