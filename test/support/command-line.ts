// Runs kindred as a person does: the launcher, in a process of its own.
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const launcher = fileURLToPath(new URL('../../bin/kindred.js', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface StartOptions {
  readonly cwd: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Starts `kindred …words`, with pipes for its output. */
export function startKindred(
  words: readonly string[],
  { cwd, environment = {} }: StartOptions,
): ChildProcess {
  const env = { ...process.env, ...environment };
  return spawn(process.execPath, [launcher, ...words], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Resolves when the process has ended and its output is read. */
export function ended(child: ChildProcess): Promise<Ended> {
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject).on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

export function runKindred(words: readonly string[], options: StartOptions): Promise<Ended> {
  return ended(startKindred(words, options));
}
