// Runs that are replaced, broken off or cannot be written: situations out of public bug reports.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { readRunCard } from '../../dist/run/files/card.js';
import { unpackCase } from '../support/cases.js';
import { ended, runKindred, startKindred } from '../support/command-line.js';
import { sharedFolder, temporaryFolder } from '../support/folders.js';

/** Every file of a run with its bytes. */
function contents(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true });
  return Object.fromEntries(
    names
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [path, readFileSync(path).toString('base64')]),
  );
}

describe('--overwrite (vector2dggs #153)', () => {
  const cwd = sharedFolder();
  const mine = join(cwd, 'runs/mine');
  const train = (...more: string[]) =>
    runKindred(['train', 'pics', '--quality', 'fast', '--tag', 'mine', ...more], { cwd });

  beforeAll(async () => {
    unpackCase('25-overwrite-then-error', cwd);
    expect((await train()).code).toBe(0);
    writeFileSync(join(mine, 'edits.jsonl'), 'what a person said\n');
    mkdirSync(join(cwd, 'broken'));
    for (const name of readdirSync(join(cwd, 'pics')).slice(0, 20)) {
      writeFileSync(join(cwd, 'broken', name), readFileSync(join(cwd, 'pics', name)));
    }
    writeFileSync(
      join(cwd, 'broken/half.png'),
      readFileSync(join(cwd, 'pics', readdirSync(join(cwd, 'pics'))[0])).subarray(0, 60),
    );
  });

  it.each([
    ['train pics --features short.npy --quality fast --tag mine --overwrite'],
    ['train broken --strict --quality fast --tag mine --overwrite'],
    ['grow runs/other broken --strict --tag mine --overwrite'],
    ['train pics --quality fast --num-clusters 61 --tag mine --overwrite'],
  ])('leaves the old run as it was where the new one fails: %s', async (words) => {
    if (words.startsWith('grow')) {
      expect((await runKindred('train pics --quality fast --tag other'.split(' '), { cwd })).code).toBe(0);
    }
    const before = contents(mine);
    const { code, stderr } = await runKindred(words.split(' '), { cwd });
    expect(code).toBe(2);
    expect(stderr.trim().split('\n').at(-1)).toMatch(/^kindred: /);
    expect(contents(mine)).toEqual(before);
    expect(readdirSync(join(cwd, 'runs')).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('stopped amid the new run keeps both, and --resume finishes the new one in the old one’s place', async () => {
    const before = contents(mine);
    const words =
      'train pics --method autoencoder --steps 100000 --threads 1 --seed 7 --tag mine --overwrite';
    const child = startKindred(words.split(' '), { cwd });
    child.stderr?.on('data', (text: Buffer) => {
      if (/train(ing)?: [1-9]/.test(String(text))) child.kill('SIGINT');
    });
    const { code, stderr } = await ended(child);
    expect(code).toBe(130);
    expect(stderr).toContain('Go on with: kindred train --resume --tag mine');
    expect(contents(mine)).toEqual(before);

    const different = await runKindred(
      'train pics --method autoencoder --resume --tag mine --seed 8'.split(' '),
      { cwd },
    );
    expect(different.code).toBe(2);
    expect(different.stderr).toContain('--seed is 8, but run mine began with 7');
    const same = await runKindred(
      'train pics --seed 7 --threads 1 --resume --tag mine --steps 5'.split(' '),
      {
        cwd,
      },
    );
    expect(same.code).toBe(0);
    expect(readRunCard(mine)).toMatchObject({ finished: true, method: 'autoencoder', seed: 7 });
    expect(readdirSync(mine)).not.toContain('edits.jsonl');
    expect(readdirSync(join(cwd, 'runs')).filter((name) => name.startsWith('.'))).toEqual([]);
  }, 200_000);

  it('is not needed for an empty folder', async () => {
    mkdirSync(join(cwd, 'runs/empty'));
    const { code } = await runKindred('train pics --quality fast --tag empty'.split(' '), { cwd });
    expect(code).toBe(0);
  });
});

/** A file system of its own for one command: asks for the rights of root. */
const canMount = spawnSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'none', '/mnt']).status === 0;

describe.skipIf(!canMount)('a disk that refuses (itch #874, fst #34)', () => {
  const launcher = fileURLToPath(new URL('../../bin/kindred.js', import.meta.url));
  const onDisk = (cwd: string, options: string, words: string) =>
    spawnSync(
      'unshare',
      [
        '-m',
        'sh',
        '-c',
        `mkdir -p small && mount -t tmpfs -o ${options} none small && "${process.execPath}" "${launcher}" ${words}; code=$?; ls small; exit $code`,
      ],
      { cwd, encoding: 'utf8' },
    );

  it.each([
    ['size=300k', 'the disk is full'],
    ['ro', 'the disk is read-only'],
  ])('mounted with %s: one sentence, exit 1, nothing half-written', (options, reason) => {
    const cwd = unpackCase('42-disk-full', temporaryFolder());
    const { status, stdout, stderr } = onDisk(
      cwd,
      options,
      'train pics --quality fast --log-dir small --tag t',
    );
    expect(status).toBe(1);
    expect(stderr.trim().split('\n').at(-1)).toMatch(/^kindred: .* cannot be written/);
    expect(stderr).toContain(reason);
    expect(stderr).not.toMatch(/\n +at /);
    expect(stdout.trim()).toBe('');
  });
});

it('the library trains the auto-encoder from a line of code too', () => {
  const face = new URL('../../dist/index.js', import.meta.url).href;
  const cwd = unpackCase('25-overwrite-then-error', temporaryFolder());
  const code = `import { train } from ${JSON.stringify(face)};
    const run = await train('pics', { tag: 't', method: 'autoencoder', training: { steps: 3 }, numClusters: 3 });
    console.log(run.card.k);`;
  const out = execFileSync(process.execPath, ['--input-type=module', '-e', code], { cwd, encoding: 'utf8' });
  expect(out.trim()).toBe('3');
});
