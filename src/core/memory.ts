// How much memory there is.
import { totalmem } from 'node:os';

/** Bytes of memory; a container may have less than the machine. */
export function memoryHere(): number {
  const constrained = process.constrainedMemory();
  return constrained > 0 && constrained < totalmem() ? constrained : totalmem();
}
