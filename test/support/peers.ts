// The real readers that some tests compare against: Python with TensorBoard, onnxruntime and numpy, and
// Chromium. Without one, its tests skip loudly; under REQUIRE_PEERS=1 a missing peer is a failure.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const peers = process.env.KINDRED_PEERS ?? join(homedir(), '.cache/kindred-peers');
/** Python of the environment that `scripts/install-peers.sh` makes; KINDRED_PEERS names another folder. */
export const python = join(peers, 'bin/python');
/** Python with Label Studio's SDK, in an environment of its own. */
export const labelStudioPython = join(peers, 'label-studio/bin/python');
export const chromium = process.env.KINDRED_CHROMIUM ?? '/usr/bin/chromium';

const required = process.env.REQUIRE_PEERS === '1';

/** Is the peer there? Throws under REQUIRE_PEERS=1 if it is not. Use as `describe.skipIf(!hasPython('onnx'))`. */
export function hasPython(...modules: string[]): boolean {
  return hasModules(python, modules);
}

export function hasLabelStudio(): boolean {
  return hasModules(labelStudioPython, ['label_studio_sdk']);
}

function hasModules(python: string, modules: readonly string[]): boolean {
  const probe = existsSync(python) && spawnSync(python, ['-c', `import ${modules.join(', ')}`]).status === 0;
  return present(probe, `Python with ${modules.join(', ')} (${python})`);
}

export function hasChromium(): boolean {
  return present(existsSync(chromium), `Chromium (${chromium})`);
}

function present(found: boolean, name: string): boolean {
  if (found) return true;
  const message = `missing peer: ${name}. Run scripts/install-peers.sh to install it.`;
  if (required) throw new Error(message);
  process.stderr.write(`SKIPPING TESTS: ${message}\n`);
  return false;
}

/** Runs a Python program; returns its standard output. Throws with its standard error if it fails. */
export function runPython(program: string, ...args: string[]): string {
  return run(python, program, args);
}

export function runLabelStudio(program: string, ...args: string[]): string {
  return run(labelStudioPython, program, args);
}

function run(python: string, program: string, args: readonly string[]): string {
  const result = spawnSync(python, ['-c', program, ...args], { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (result.status !== 0) throw new Error(`python failed: ${result.stderr}`);
  return result.stdout;
}
