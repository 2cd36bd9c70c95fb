// kindred as a process: what it loads, how it ends.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeRunCard } from '#kindred/run/files/card.js';
import { ended, runKindred, startKindred } from '../support/command-line.js';
import { temporaryFolder } from '../support/folders.js';
import { patternImages } from '../support/idx.js';
import { exampleCard } from '../support/run-card.js';

interface Coverage {
  readonly result: readonly { readonly url: string }[];
}

/** The files that the process loaded, by V8's own account, those of this repository by their path in it. */
async function filesLoadedBy(...words: string[]): Promise<string[]> {
  const cwd = temporaryFolder();
  const trace = join(cwd, 'trace');
  await runKindred(words, { cwd, environment: { NODE_V8_COVERAGE: trace } });
  const root = new URL('../../', import.meta.url).href;
  const urls = readdirSync(trace).flatMap((name) => {
    const { result } = JSON.parse(readFileSync(join(trace, name), 'utf8')) as Coverage;
    return result.map(({ url }) => url);
  });
  return urls.filter((url) => url.startsWith('file:')).map((url) => url.replace(root, ''));
}

describe('what is loaded', () => {
  it.each([['--help'], ['--version'], ['train --help'], ['predict --help']])(
    '%s: no package',
    async (line) => {
      const loaded = await filesLoadedBy(...line.split(' '));
      expect(loaded).toContain('dist/cli/help.js');
      expect(loaded.filter((path) => path.includes('node_modules/'))).toEqual([]);
      expect(
        loaded.filter(
          (path) =>
            !/^(bin|dist\/(cli|core|methods|data|export))\/|^dist\/(api\/choices|run\/files\/machine)\.js$/.test(
              path,
            ),
        ),
      ).toEqual([]);
    },
  );

  it('the measure sees packages where there are some', async () => {
    const loaded = await filesLoadedBy('runs');
    expect(loaded.some((path) => path.includes('node_modules/zod/'))).toBe(true);
  });
});

describe('endings', () => {
  it('help and version go to stdout with 0, also without a command', async () => {
    const cwd = temporaryFolder();
    const bare = await runKindred([], { cwd });
    expect(bare).toEqual(await runKindred(['--help'], { cwd }));
    expect(bare).toMatchObject({ code: 0, stderr: '' });
    expect(bare.stdout).toContain('kindred train [SOURCE…]');
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
      version: string;
    };
    expect(await runKindred(['--version'], { cwd })).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
    expect(readdirSync(cwd)).toEqual([]);
  });

  it('a reader that goes away is no failure', async () => {
    const child = startKindred(['train', '--help'], { cwd: temporaryFolder() });
    child.stdout?.destroy();
    expect(await ended(child)).toMatchObject({ code: 0, stderr: '' });
  });

  it('the first Ctrl-C stops training with 130 and one line', async () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, 'images'), patternImages(64, 8, 8));
    const words =
      'train images --steps 10000000 --batch-size 8 --encoding-size 4 --num-clusters 2 --threads 1';
    const child = startKindred(words.split(' '), { cwd });
    const end = ended(child);
    child.stderr?.on('data', (text: string) => {
      if (text.includes('/10,000,000 ')) child.kill('SIGINT');
    });
    const { code, stdout, stderr } = await end;
    expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
    expect(stderr.split('\n').filter((line) => line.startsWith('kindred: '))).toHaveLength(1);
    expect(stderr).not.toContain('    at ');
  });
});

describe('kindred runs', () => {
  it('prints one line each, newest last, or the cards as JSON', async () => {
    const cwd = temporaryFolder();
    const at = (tag: string, startedAt: string) => {
      mkdirSync(join(cwd, 'runs', tag), { recursive: true });
      writeRunCard(join(cwd, 'runs', tag), exampleCard({ tag, startedAt }));
    };
    at('second', '2025-02-01T00:00:00.000Z');
    at('first', '2025-01-01T00:00:00.000Z');
    const { code, stdout, stderr } = await runKindred(['runs'], { cwd });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => line.split(' ')[0]),
    ).toEqual(['tag', 'first', 'second']);
    const asJson = await runKindred(['runs', '--json', '--log_dir=runs'], { cwd });
    const listed = JSON.parse(asJson.stdout) as { tag: string; card: { startedAt: string } }[];
    expect(listed.map(({ tag }) => tag)).toEqual(['first', 'second']);
    expect(listed[0].card.startedAt).toBe('2025-01-01T00:00:00.000Z');
  });

  it('says so where there are none', async () => {
    const cwd = temporaryFolder();
    const { code, stdout } = await runKindred(['runs'], { cwd });
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'No runs in runs: kindred train makes one.\n' });
    expect(readdirSync(cwd)).toEqual([]);
  });
});
