import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '#kindred/core/errors.js';
import { matrix } from '#kindred/core/matrix.js';
import { readNpy, writeNpy } from '#kindred/run/files/npy.js';
import { temporaryFolder } from '../support/folders.js';
import { hasPython, runPython } from '../support/peers.js';

describe('.npy', () => {
  it('reads back what it wrote, to the bit', () => {
    const path = join(temporaryFolder(), 'codes.npy');
    const shape = fc.record({ rows: fc.nat(9), columns: fc.nat(9) });
    const written = shape.chain(({ rows, columns }) =>
      fc
        .float32Array({ minLength: rows * columns, maxLength: rows * columns })
        .map((data) => matrix(rows, columns, data)),
    );
    fc.assert(
      fc.property(written, (m) => {
        writeNpy(path, m);
        expect(readNpy(path)).toEqual(m);
      }),
      { numRuns: 50 },
    );
  });

  it('aligns the data to 64 bytes', () => {
    const path = join(temporaryFolder(), 'codes.npy');
    writeNpy(path, matrix(3, 5));
    expect((readFileSync(path).length - 3 * 5 * 4) % 64).toBe(0);
  });

  it('writes values that lie in shared memory', () => {
    const path = join(temporaryFolder(), 'codes.npy');
    const shared = new Float32Array(new SharedArrayBuffer(8));
    shared.set([1.5, -2.5]);
    writeNpy(path, { data: shared, rows: 1, columns: 2 });
    expect([...readNpy(path).data]).toEqual([1.5, -2.5]);
  });

  it('refuses what is missing, cut off or something else', () => {
    const path = join(temporaryFolder(), 'codes.npy');
    expect(() => readNpy(path)).toThrow(/cannot be read \(it does not exist\)/);
    writeFileSync(path, 'not an array at all');
    expect(() => readNpy(path)).toThrow(/is not a NumPy file of version 1\.0/);
    writeNpy(path, matrix(3, 5));
    truncateSync(path, readFileSync(path).length - 1);
    expect(() => readNpy(path)).toThrow(
      new InputError(`${path} has 59 bytes of data instead of 60: it is cut off or damaged; run again.`),
    );
  });

  describe.skipIf(!hasPython('numpy'))('with NumPy', () => {
    it('is what NumPy reads', () => {
      const path = join(temporaryFolder(), 'codes.npy');
      writeNpy(path, matrix(2, 3, Float32Array.of(1, 2, 3, 4.5, -6.25, 1e-30)));
      const program = 'import numpy,sys; a=numpy.load(sys.argv[1]); print(a.dtype.str, a.shape, a.tolist())';
      expect(runPython(program, path).trim()).toBe(
        '<f4 (2, 3) [[1.0, 2.0, 3.0], [4.5, -6.25, 1.0000000031710769e-30]]',
      );
    });

    it('reads what NumPy wrote, and refuses another type', () => {
      const path = join(temporaryFolder(), 'codes.npy');
      const save =
        'import numpy,sys; numpy.save(sys.argv[1], numpy.arange(6, dtype=sys.argv[2]).reshape(3, 2))';
      runPython(save, path, 'float32');
      expect(readNpy(path)).toEqual(matrix(3, 2, Float32Array.of(0, 1, 2, 3, 4, 5)));
      runPython(save, path, 'float64');
      expect(() => readNpy(path)).toThrow(InputError);
    });
  });
});
