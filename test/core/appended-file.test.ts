// Lines on a disk that takes pieces, fills up, fails to flush and even fails to take back.
import { appendFileSync, fsyncSync, ftruncateSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { appendLine, type Disk } from '#kindred/core/appended-file.js';
import { temporaryFolder } from '../support/folders.js';

interface Faults {
  /** Bytes taken at once. */
  readonly piece: number;
  /** Bytes after which the disk is full; null: never. */
  readonly room: number | null;
  readonly flushFails: boolean;
  readonly takesBack: boolean;
  readonly confirmFails: boolean;
}

const FULL = Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });

function faulty({ piece, room, flushFails, takesBack }: Faults): Disk {
  let left = room ?? Number.POSITIVE_INFINITY;
  let hasFailed = false;
  const fail = (): never => {
    hasFailed = true;
    throw FULL;
  };
  return {
    write(file, bytes, from, at) {
      const count = Math.min(piece, left, bytes.length - from);
      if (count === 0) return fail();
      left -= count;
      return writeSync(file, bytes, from, count, at);
    },
    flush: (file) => (flushFails ? fail() : fsyncSync(file)),
    cut: (file, bytes) => (hasFailed && !takesBack ? fail() : ftruncateSync(file, bytes)),
  };
}

const faults: fc.Arbitrary<Faults> = fc.record({
  piece: fc.integer({ min: 1, max: 9 }),
  room: fc.option(fc.nat(30)),
  flushFails: fc.boolean(),
  takesBack: fc.boolean(),
  confirmFails: fc.boolean(),
});
/** As JSON, so that no line holds a line break and some hold characters of several bytes. */
const line = fc.string({ unit: 'grapheme', maxLength: 12 }).map((text) => JSON.stringify(text));
const dying = fc.record({
  dies: fc.string({ minLength: 1, maxLength: 9 }).map((text) => text.replaceAll('\n', '')),
});

it('a line is in the file whole or not at all, whatever the disk does', () => {
  const path = join(temporaryFolder(), 'lines');
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.record({ line, faults }), dying), { maxLength: 12 }), (steps) => {
      writeFileSync(path, 'head\n');
      let kept = 'head\n';
      for (const step of steps) {
        if ('dies' in step) {
          appendFileSync(path, step.dies);
          continue;
        }
        const confirm = () => {
          if (step.faults.confirmFails) throw FULL;
        };
        try {
          const end = appendLine(path, step.line, confirm, faulty(step.faults));
          kept += `${step.line}\n`;
          expect(end).toBe(Buffer.byteLength(kept));
          expect(readFileSync(path, 'utf8')).toBe(kept);
        } catch (error) {
          expect(error).toBe(FULL);
          const { takesBack } = step.faults;
          if (takesBack) expect(readFileSync(path, 'utf8')).toBe(kept);
          // What could not be taken back is a line nobody was told of, or a piece of one.
          else kept = wholeLines(path, kept, step.line);
        }
        expect(wholeLines(path, kept, step.line)).toBe(kept);
      }
      appendLine(path, '"last"', () => {});
      expect(readFileSync(path, 'utf8')).toBe(`${kept}"last"\n`);
    }),
    { numRuns: 300 },
  );
});

/** The lines that a reader sees: those `before`, and at most `line` after them. */
function wholeLines(path: string, before: string, line: string): string {
  const text = readFileSync(path, 'utf8');
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  expect([before, `${before}${line}\n`]).toContain(whole);
  return whole;
}
