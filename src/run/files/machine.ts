// The machine and the version of kindred that a run was made with, for the run card.
import { readFileSync } from 'node:fs';
import { arch, availableParallelism, cpus, platform, totalmem } from 'node:os';
import type { RunCard } from './card.js';

/** This machine. `onnxruntimeVersion` comes from the engine, the only room that knows the runtime. */
export function describeMachine(onnxruntimeVersion: string): RunCard['machine'] {
  return {
    platform: platform(),
    arch: arch(),
    cpu: cpus()[0]?.model.trim() || 'unknown',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    node: process.versions.node,
    onnxruntime: onnxruntimeVersion,
  };
}

const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

export const VERSION = version;
