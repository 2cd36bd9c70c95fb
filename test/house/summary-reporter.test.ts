// The last line of a test run counts what passed, what failed and what could not even be loaded.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/folders.js';

const vitest = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url));
const reporter = fileURLToPath(new URL('../support/summary-reporter.ts', import.meta.url));

/** Runs Vitest in a folder of its own over these test files. */
function lastLine(files: Readonly<Record<string, string>>): {
  line: string | undefined;
  code: number | null;
} {
  const folder = temporaryFolder();
  const config = `import { summaryReporter } from ${JSON.stringify(reporter)};
export default { test: { globals: true, include: ['*.test.js'], reporters: ['default', summaryReporter()] } };\n`;
  for (const [name, text] of Object.entries({ 'vitest.config.mjs': config, ...files })) {
    writeFileSync(join(folder, name), text);
  }
  const { stdout, status } = spawnSync(process.execPath, [vitest, 'run', '--root', folder], {
    cwd: folder,
    encoding: 'utf8',
  });
  return { line: stdout.trimEnd().split('\n').at(-1), code: status };
}

describe('the last line', () => {
  it('counts tests, also a file that cannot be loaded as one failure', () => {
    const ended = lastLine({
      'mixed.test.js': `test('a', () => {}); test('b', () => { throw new Error('planted'); });
describe('c', () => { test.skip('d', () => {}); test('e', () => {}); });`,
      'broken.test.js': "import './gone.js'; test('f', () => {});",
    });
    expect(ended).toEqual({ line: '2 passed, 2 failed, 1 skipped', code: 1 });
  });

  it('counts an error outside every test', () => {
    const ended = lastLine({
      'stray.test.js': `test('a', async () => {
  setTimeout(() => { throw new Error('planted'); }, 1);
  await new Promise((resolve) => setTimeout(resolve, 50));
});`,
    });
    expect(ended).toEqual({ line: '1 passed, 1 failed', code: 1 });
  });

  it('is a success where all pass, and a failure where nothing ran', () => {
    expect(lastLine({ 'good.test.js': "test('a', () => {});" })).toEqual({
      line: '1 passed, 0 failed',
      code: 0,
    });
    expect(lastLine({})).toMatchObject({ line: '0 passed, 0 failed', code: 1 });
  });
});
