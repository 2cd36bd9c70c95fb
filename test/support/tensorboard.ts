// TensorBoard itself as a server, for tests that look at what its page would show.
import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { python, runPython } from './peers.js';

/** Far beyond what a busy machine needs: it only keeps a broken start from hanging. */
const STARTING_MILLISECONDS = 90_000;

export interface Board {
  /** `http://127.0.0.1:<port>`. */
  readonly address: string;
  /** The answer to a GET of `path`; throws if it is not status 200. */
  get(path: string): Promise<Response>;
  /** Ends TensorBoard and its data server; resolves when both are gone. */
  close(): Promise<void>;
}

/** Starts `tensorboard …options` of the peers' environment and waits until it answers on `port`. */
export async function startBoard(options: readonly string[], port: number): Promise<Board> {
  // A process group of its own, so that its data server ends with it.
  const child = spawn(python, ['-m', 'tensorboard.main', ...options], {
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const endAtExit = () => void endGroup(child);
  process.once('exit', endAtExit);
  let complaints = '';
  child.stderr.on('data', (chunk) => {
    complaints += chunk;
  });
  const address = `http://127.0.0.1:${port}`;
  const board: Board = {
    address,
    async get(path) {
      const response = await fetch(`${address}${path}`);
      if (response.status !== 200) throw new Error(`${path}: ${response.status} ${await response.text()}`);
      return response;
    },
    close() {
      process.off('exit', endAtExit);
      return endGroup(child);
    },
  };
  try {
    const deadline = performance.now() + STARTING_MILLISECONDS;
    while (performance.now() < deadline) {
      if (child.exitCode !== null) throw new Error(`tensorboard ended early: ${complaints}`);
      const status = await fetch(address).then(
        (response) => response.status,
        () => 0,
      );
      if (status === 200) return board;
      await delay(200);
    }
    throw new Error(`tensorboard does not answer at ${address}: ${complaints}`);
  } catch (error) {
    await board.close();
    throw error;
  }
}

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return address.port;
}

async function endGroup(child: ChildProcess): Promise<void> {
  if (child.pid === undefined) return;
  const exited = child.exitCode !== null || child.signalCode !== null;
  const exit = exited
    ? Promise.resolve()
    : new Promise<void>((resolve) => child.once('exit', () => resolve()));
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch (error) {
    // The group is gone already.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
  await exit;
}

/** Every point that TensorBoard would show, by run and tag. */
export interface BoardPoints {
  readonly [run: string]: {
    /** [step, value]. */
    readonly scalars: Readonly<Record<string, [number, number][]>>;
    /** [step, count, minimum, maximum]. */
    readonly histograms: Readonly<Record<string, [number, number, number, number][]>>;
    /** [step, width, height]. */
    readonly images: Readonly<Record<string, [number, number, number][]>>;
  };
}

const READER = `
import json, sys
from tensorboard.backend.event_processing import event_accumulator, event_multiplexer
board = event_multiplexer.EventMultiplexer(
    size_guidance=event_accumulator.STORE_EVERYTHING_SIZE_GUIDANCE).AddRunsFromDirectory(sys.argv[1]).Reload()
runs = {}
for run in board.Runs():
    a = board.GetAccumulator(run)
    tags = a.Tags()
    runs[run] = dict(
        scalars={t: [[e.step, e.value] for e in a.Scalars(t)] for t in tags['scalars']},
        histograms={t: [[e.step, e.histogram_value.num, e.histogram_value.min, e.histogram_value.max]
            for e in a.Histograms(t)] for t in tags['histograms']},
        images={t: [[e.step, e.width, e.height] for e in a.Images(t)] for t in tags['images']})
print(json.dumps(runs))
`;

/** As TensorBoard's own reader finds them below `logDir`. */
export function readBoard(logDir: string): BoardPoints {
  return JSON.parse(runPython(READER, logDir)) as BoardPoints;
}
