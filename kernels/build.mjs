// Compiles kernels/ROOM/NAME.ts (AssemblyScript) to dist/ROOM/NAME.wasm: part of `npm run build`.
//
// All kernels import one shared memory, `env.memory`, that their caller lays out: they allocate nothing. A
// kernel that has not changed since its last build is left alone.
import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { main } from 'assemblyscript/asc';

const root = join(import.meta.dirname, '..');
const FLAGS = ['-O3', '--noAssert', '--runtime', 'stub', '--enable', 'simd', '--enable', 'threads'];
const MEMORY = ['--importMemory', '--sharedMemory', '--initialMemory', '1', '--maximumMemory', '65536'];

const kernels = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .sort();
for (const kernel of kernels) {
  const source = join('kernels', kernel);
  const target = join('dist', kernel.replace(/\.ts$/, '.wasm'));
  const newest = Math.max(changed(join(root, source)), changed(import.meta.filename));
  if (changed(join(root, target)) > newest) continue;
  mkdirSync(join(root, dirname(target)), { recursive: true });
  const { error, stderr } = await main([source, ...FLAGS, ...MEMORY, '--outFile', target, '--baseDir', root]);
  if (error === null) continue;
  console.error(`${source} does not compile:\n${stderr.toString()}`);
  process.exit(1);
}

function changed(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
