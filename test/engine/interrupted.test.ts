// Ending a thread while ONNX Runtime works in it aborts the whole process ("terminate called after throwing an
// instance of 'Napi::Error'", exit code 134): whoever stops early must let the runtime come back first.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const program = fileURLToPath(new URL('./interrupted-process.mjs', import.meta.url));

it.each([
  ['training with an observer that fails', 'train-1', /^Error: no room on the disk$/],
  ['training with two workers and an observer that fails', 'train-2', /^Error: no room on the disk$/],
  ['a model that is interrupted before it starts', 'run-at-once', /^InterruptedError: [^\n]+$/],
  ['a model that is interrupted midway', 'run-midway', /^InterruptedError: [^\n]+$/],
])('%s ends with its error, and the process lives', (_, way, expected) => {
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, [program, way], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  expect({ status, signal, stderr }).toEqual({ status: 0, signal: null, stderr: '' });
  expect(stdout).toMatch(expected);
});
