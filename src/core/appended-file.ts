// A file of lines that is only ever appended to: a line is there whole or not at all, whatever the disk does. What has no
// end of line was being written when a program died, and nobody was told that it is kept.
import { closeSync, fstatSync, fsyncSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';

/** What an append asks of the disk, so that a test can make it fail. */
export interface Disk {
  /** Bytes taken, which may be fewer than given. */
  write(file: number, bytes: Uint8Array, from: number, at: number): number;
  flush(file: number): void;
  cut(file: number, bytes: number): void;
}

const DISK: Disk = {
  write: (file, bytes, from, at) => writeSync(file, bytes, from, bytes.length - from, at),
  flush: fsyncSync,
  cut: ftruncateSync,
};

/**
 * Appends `line`, which has no line break, to the file at `path`, flushes it, then does `confirm`. Where any of that fails,
 * the file is as it was and the failure is thrown. Only one program may append at a time. Returns the bytes of the file.
 */
export function appendLine(path: string, line: string, confirm: () => void, disk: Disk = DISK): number {
  const file = openSync(path, 'r+');
  try {
    const end = endOfLines(file);
    const bytes = Buffer.from(`${line}\n`);
    try {
      disk.cut(file, end);
      let written = 0;
      while (written < bytes.length) {
        const taken = disk.write(file, bytes, written, end + written);
        if (taken === 0) throw new Error(`${path}: the disk takes no more bytes and does not say why`);
        written += taken;
      }
      disk.flush(file);
      confirm();
    } catch (error) {
      putBack(file, end, disk);
      throw error;
    }
    return end + bytes.length;
  } finally {
    closeSync(file);
  }
}

/** A disk that does not even take back leaves a piece of a line, which no reader takes for one. */
function putBack(file: number, end: number, disk: Disk): void {
  try {
    disk.cut(file, end);
    disk.flush(file);
  } catch {
    // The first failure says more.
  }
}

const LOOKED_AT = 4096;
const LINE_BREAK = 0x0a;

/** Bytes up to and with the last line break. */
function endOfLines(file: number): number {
  const buffer = Buffer.alloc(LOOKED_AT);
  for (let end = fstatSync(file).size; end > 0; ) {
    const start = Math.max(0, end - LOOKED_AT);
    const read = readSync(file, buffer, 0, end - start, start);
    const last = buffer.subarray(0, read).lastIndexOf(LINE_BREAK);
    if (last >= 0) return start + last + 1;
    end = start;
  }
  return 0;
}
