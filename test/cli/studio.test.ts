// kindred studio as a process: what it prints, what it opens, how it ends.
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeRunCard } from '#kindred/run/files/card.js';
import { type Ended, ended, runKindred, startKindred } from '../support/command-line.js';
import { temporaryFolder } from '../support/folders.js';
import { patternImages } from '../support/idx.js';
import { exampleCard } from '../support/run-card.js';

/** A folder for PATH whose opener writes down what it was to open. */
function fakeOpener(folder: string): {
  readonly environment: Record<string, string>;
  readonly opened: string;
} {
  const [bin, opened] = [join(folder, 'bin'), join(folder, 'opened')];
  mkdirSync(bin);
  for (const name of ['xdg-open', 'open']) {
    writeFileSync(
      join(bin, name),
      `#!/bin/sh\nprintf %s "$1" > "${opened}.part"\nmv "${opened}.part" "${opened}"\n`,
    );
    chmodSync(join(bin, name), 0o755);
  }
  return { environment: { PATH: `${bin}${delimiter}${process.env.PATH}` }, opened };
}

/** Starts the studio, does `work` with the address that it prints, and sends Ctrl-C. */
async function whileOpen(
  words: readonly string[],
  options: { readonly cwd: string; readonly environment?: Record<string, string> },
  work: (url: URL) => Promise<void>,
): Promise<Ended> {
  const child = startKindred(['studio', '--port', '0', ...words], options);
  const end = ended(child);
  const url = await new Promise<URL>((resolve, reject) => {
    child.stdout?.once('data', (text: string) => resolve(new URL(text.trim())));
    child.once('close', (code) => reject(new Error(`the studio ended with ${code}`)));
  });
  await work(url).finally(() => child.kill('SIGINT'));
  return end;
}

describe('kindred train', () => {
  it('ends by naming the command that opens the studio on its run', async () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, 'images'), patternImages(64, 8, 8));
    const line = 'train images --method kmeans --num-clusters 2 --threads 1 --tag mine';
    const { code, stdout } = await runKindred(line.split(' '), { cwd });
    expect(code).toBe(0);
    const [, words] =
      /^Studio +npx kindred studio (.*)$/.exec(stdout.trimEnd().split('\n').at(-1) ?? '') ?? [];
    expect(words).toBe(join('runs', 'mine'));
    await whileOpen([words, '--no-open'], { cwd }, async (url) => {
      expect(url.pathname).toBe('/kinds/mine');
      const api = new URL(`/api/runs?token=${url.searchParams.get('token')}`, url);
      const first = await fetch(api, { redirect: 'manual' });
      const cookie = first.headers.get('set-cookie')?.split(';')[0] ?? '';
      const runs = await (await fetch(new URL('/api/runs', url), { headers: { cookie } })).json();
      expect(runs).toMatchObject([{ tag: 'mine', state: 'finished', k: 2 }]);
    });
  });

  it('is what npm start runs', () => {
    const { scripts } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    expect(scripts.start).toMatch(/ && node bin\/kindred\.js train$/);
  });
});

describe.skipIf(process.platform === 'win32')('kindred studio', () => {
  it('prints its address, opens it, and ends with 0 at Ctrl-C', async () => {
    const cwd = temporaryFolder();
    const { environment, opened } = fakeOpener(cwd);
    let address = '';
    const { code, stdout, stderr } = await whileOpen([], { cwd, environment }, async (url) => {
      address = url.href;
      expect(url.hostname).toBe('127.0.0.1');
      expect((await fetch(url, { redirect: 'manual' })).status).toBe(303);
      await expect.poll(() => existsSync(opened), { timeout: 20_000 }).toBe(true);
    });
    expect(readFileSync(opened, 'utf8')).toBe(address);
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: `${address}\n`,
      stderr: 'Ctrl-C ends the studio.\n',
    });
  });

  it('opens nothing with --no-open, and begins at the kinds of the run that is named', async () => {
    const cwd = temporaryFolder();
    const { environment, opened } = fakeOpener(cwd);
    mkdirSync(join(cwd, 'elsewhere', 'my run'), { recursive: true });
    writeRunCard(join(cwd, 'elsewhere', 'my run'), exampleCard({ tag: 'my run' }));
    const words = [join('elsewhere', 'my run'), '--no-open'];
    const { code } = await whileOpen(words, { cwd, environment }, async ({ pathname }) => {
      expect(pathname).toBe('/kinds/my%20run');
    });
    expect(code).toBe(0);
    expect(existsSync(opened)).toBe(false);
  });

  it('runs on where there is no opener', async () => {
    const cwd = temporaryFolder();
    const environment = { PATH: join(cwd, 'empty') };
    const { code, stderr } = await whileOpen([], { cwd, environment }, async (url) => {
      expect((await fetch(url, { redirect: 'manual' })).status).toBe(303);
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: 'Ctrl-C ends the studio.\n' });
  });

  it('says so where others are let in', async () => {
    const cwd = temporaryFolder();
    const { code, stderr } = await whileOpen(['--no-open', '--host', '0.0.0.0'], { cwd }, async () => {});
    expect(code).toBe(0);
    expect(stderr).toMatch(/^Everybody who reaches 0\.0\.0\.0 and knows the token can use the studio\.$/m);
  });

  it('refuses a run that is none, and a port that is taken', async () => {
    const cwd = temporaryFolder();
    expect(await runKindred(['studio', 'nothing', '--no-open'], { cwd })).toMatchObject({
      code: 2,
      stdout: '',
    });
    await whileOpen(['--no-open'], { cwd }, async ({ port }) => {
      const second = await runKindred(['studio', '--no-open', '--port', port], { cwd });
      expect(second).toMatchObject({ code: 2, stdout: '' });
      expect(second.stderr).toMatch(/cannot listen at 127\.0\.0\.1.*choose another --port/);
    });
  });
});
