// kindred studio [RUN]: a page of this machine to look, name, correct and hand over.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { basename, dirname, resolve } from 'node:path';
import { InputError } from '../../core/errors.js';
import { readRunCard } from '../../run/files/card.js';
import { openStudio } from '../../studio/server/studio.js';
import type { CommandContext } from '../flags/arguments.js';

const LOOPBACK = ['127.0.0.1', 'localhost', '::1'];
const PORT = 4777;

export async function studio({ flags, positionals, signal }: CommandContext): Promise<void> {
  const { logDir, place } = placeOf(positionals[0], flags['log-dir']);
  const host = flags.host ?? '127.0.0.1';
  const opened = await openStudio({
    logDir,
    host,
    port: flags.port ?? PORT,
    threads: flags.threads ?? availableParallelism(),
    onFault: (error) => process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`),
  });
  const url = opened.url.replace('/?', `${place}?`);
  if (!LOOPBACK.includes(host)) {
    process.stderr.write(`Everybody who reaches ${host} and knows the token can use the studio.\n`);
  }
  process.stdout.write(`${url}\n`);
  process.stderr.write('Ctrl-C ends the studio.\n');
  if (!flags['no-open']) openBrowser(url);
  if (!signal.aborted) await once(signal, 'abort');
  for (const tag of await opened.close()) {
    process.stderr.write(`${tag} was stopped; go on with: kindred train --resume --tag ${tag}\n`);
  }
}

/** RUN's folder lies in the log directory. */
function placeOf(run: string | undefined, logDir = 'runs'): { logDir: string; place: string } {
  if (run === undefined) return { logDir, place: '/runs' };
  readRunCard(run);
  const folder = resolve(run);
  const given = resolve(logDir);
  if (logDir !== 'runs' && given !== dirname(folder)) {
    throw new InputError(`The run ${run} does not lie in --log-dir ${logDir}. Give one of them.`);
  }
  return { logDir: dirname(folder), place: `/kinds/${encodeURIComponent(basename(folder))}` };
}

/** By the system's own opener; the address is printed in any case. */
function openBrowser(url: string): void {
  const [program, ...words] =
    process.platform === 'darwin'
      ? ['open', url]
      : process.platform === 'win32'
        ? ['rundll32', 'url.dll,FileProtocolHandler', url]
        : ['xdg-open', url];
  spawn(program, words, { stdio: 'ignore', detached: true })
    .on('error', () => {})
    .unref();
}
