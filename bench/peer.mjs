// The other side of a benchmark: a process that answers a line of JSON with a line of JSON, kept for all its turns,
// so that its start is not measured; usually Python with the library that we compare with.
import { spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';

export const PEER_PYTHON = process.env.PEER_PYTHON ?? '/usr/bin/python3';

/**
 * Whether Python has these modules. If not, the benchmark cannot run: stderr says what to install, and the process
 * will end with 1.
 * @param {string[]} modules
 * @param {{ name: string, packages: string, isFromPyPI?: boolean }} what its name for the person, and its packages,
 *   Debian's unless said otherwise
 */
export function hasPeer(modules, { name, packages, isFromPyPI = false }) {
  if (spawnSync(PEER_PYTHON, ['-c', `import ${modules.join(', ')}`]).status === 0) return true;
  const install = isFromPyPI ? `${PEER_PYTHON} -m pip install` : 'apt-get install';
  console.error(`${name} is missing from ${PEER_PYTHON}: ${install} ${packages}, or set PEER_PYTHON.`);
  process.exitCode = 1;
  return false;
}

/** A script of this folder in Python, its numerical libraries limited to `threads`. */
export function openPython(threads, words, environment = {}) {
  return openProcess(PEER_PYTHON, words, limited(threads, environment));
}

/** The same, of any program, on the first `threads` cores where the machine can pin a process. */
export function openPinned(threads, program, words, environment = {}) {
  const cores = Array.from({ length: threads }, (_, core) => core).join();
  const isPinned = spawnSync('taskset', ['--version']).status === 0;
  const [command, args] = isPinned ? ['taskset', ['-c', cores, program, ...words]] : [program, words];
  return openProcess(command, args, limited(threads, environment));
}

function limited(threads, environment) {
  const count = String(threads);
  return { ...process.env, OMP_NUM_THREADS: count, OPENBLAS_NUM_THREADS: count, ...environment };
}

function openProcess(command, args, env) {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'], env });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const read = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`${args.join(' ')} ended before it answered`);
    return JSON.parse(value);
  };
  return {
    read,
    ask(request) {
      child.stdin.write(`${JSON.stringify(request)}\n`);
      return read();
    },
    close: () => child.stdin.end(),
  };
}
