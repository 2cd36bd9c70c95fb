// The machine a run was made on, for the run card.
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
