// Builds the studio's page, src/studio/web → dist/studio/web: part of `npm run build`. Left alone where nothing that it is
// made of has changed since.
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'vite';

const root = join(import.meta.dirname, '..');
const page = join(root, 'src/studio/web');
const out = join(root, 'dist/studio/web');

const parts = readdirSync(page, { recursive: true, encoding: 'utf8' }).map((path) => join(page, path));
const newest = Math.max(...[...parts, join(root, 'package-lock.json'), import.meta.filename].map(changed));
if (changed(join(out, 'index.html')) <= newest) {
  await build({
    root: page,
    configFile: false,
    logLevel: 'warn',
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    // It is a module, and loads ONNX Runtime's compiled part as its own file.
    worker: { format: 'es' },
    build: {
      outDir: out,
      emptyOutDir: true,
      target: 'es2023',
      // Data addresses would need a hole in the content-security policy.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      // ONNX Runtime's compiled part is large, and loaded when Try is opened.
      chunkSizeWarningLimit: 2000,
    },
  });
}

function changed(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
