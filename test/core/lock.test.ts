// One program at a time, and a program that died holds nobody up.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { withLock } from '#kindred/core/lock.js';
import { sharedFolder, temporaryFolder } from '../support/folders.js';
import { refusal } from '../support/refusal.js';

const lockModule = pathToFileURL(join(import.meta.dirname, '../../dist/core/lock.js')).href;

/** A small disk of its own can be had by the machine's owner alone. */
function canMount(): boolean {
  const folder = sharedFolder();
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=16k', 'tmpfs', folder]).status === 0;
  if (mounted) execFileSync('umount', [folder]);
  return mounted;
}

/** A program that takes the lock and then does `work`. */
function program(path: string, work: string): [string, string[]] {
  const script = `import { readFileSync, writeFileSync } from 'node:fs';
    import { withLock } from ${JSON.stringify(lockModule)};
    const path = ${JSON.stringify(path)};
    ${work}`;
  return [process.execPath, ['--input-type=module', '-e', script]];
}

it('is given back, also where the work fails', () => {
  const path = join(temporaryFolder(), 'lock');
  expect(withLock(path, 'it', () => existsSync(path))).toBe(true);
  expect(() => withLock(path, 'it', () => JSON.parse('{'))).toThrow(SyntaxError);
  expect(existsSync(path)).toBe(false);
});

it('of a program that was killed is taken over at once', () => {
  const folder = temporaryFolder();
  const path = join(folder, 'lock');
  const killed = spawnSync(
    ...program(path, `withLock(path, 'it', () => process.kill(process.pid, 'SIGKILL'));`),
  );
  expect(killed.signal).toBe('SIGKILL');
  expect(existsSync(path)).toBe(true);
  const start = performance.now();
  expect(withLock(path, 'it', () => 'mine')).toBe('mine');
  expect(performance.now() - start).toBeLessThan(1000);
  expect(readdirSync(folder)).toEqual([]);
});

it.skipIf(process.platform !== 'linux')(
  'of a dead program whose number another has now is taken over',
  () => {
    const path = join(temporaryFolder(), 'lock');
    writeFileSync(path, JSON.stringify({ pid: process.pid, started: '1', host: hostname() }));
    expect(withLock(path, 'it', () => 'mine')).toBe('mine');
  },
);

it('that nobody can be asked about is taken over once it is old, a damaged one too', () => {
  const path = join(temporaryFolder(), 'lock');
  for (const text of ['', 'nonsense', JSON.stringify({ pid: 1, started: '1', host: 'another-machine' })]) {
    writeFileSync(path, text);
    const before = Date.now() / 1000 - 120;
    utimesSync(path, before, before);
    expect(withLock(path, 'it', () => 'mine')).toBe('mine');
  }
});

it('of a living program is waited for, and whoever waits too long is told whose it is', async () => {
  const path = join(temporaryFolder(), 'lock');
  const holder = spawn(
    ...program(
      path,
      `withLock(path, 'it', () => { console.log('held'); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60_000); });`,
    ),
  );
  try {
    await new Promise((resolve) => holder.stdout.once('data', resolve));
    expect(refusal(() => withLock(path, 'mnist', () => {}))).toMatch(
      new RegExp(`^mnist is being edited by another program \\(process ${holder.pid}\\): close it`),
    );
  } finally {
    holder.kill('SIGKILL');
  }
});

it.skipIf(!canMount())('is not left behind by a disk that is full', () => {
  const folder = temporaryFolder();
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16k', 'tmpfs', folder]);
  try {
    const path = join(folder, 'lock');
    expect(() => writeFileSync(join(folder, 'fill'), Buffer.alloc(20_000))).toThrow(/ENOSPC/);
    expect(() => withLock(path, 'it', () => {})).toThrow(/ENOSPC/);
    expect(existsSync(path)).toBe(false);
    rmSync(join(folder, 'fill'));
    expect(withLock(path, 'it', () => 'mine')).toBe('mine');
  } finally {
    execFileSync('umount', [folder]);
  }
});

it('lets programs that all add to one number lose none', async () => {
  const folder = temporaryFolder();
  const path = join(folder, 'lock');
  writeFileSync(join(folder, 'lock.sum'), '0');
  const add = `for (let i = 0; i < 50; i++) withLock(path, 'it', () => {
    writeFileSync(path + '.sum', String(1 + Number(readFileSync(path + '.sum', 'utf8'))));
  });`;
  const exits = [1, 2, 3].map(
    () => new Promise((resolve) => spawn(...program(path, add), { stdio: 'inherit' }).once('exit', resolve)),
  );
  expect(await Promise.all(exits)).toEqual([0, 0, 0]);
  expect(readFileSync(join(folder, 'lock.sum'), 'utf8')).toBe('150');
});
