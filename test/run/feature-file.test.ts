// Vectors as NumPy and Arrow write them, held against the float32 that NumPy itself makes of them, byte by byte.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { readFeatureFile } from '#kindred/run/images/feature-file.js';
import { sharedFolder } from '../support/folders.js';
import { hasPython, runPython } from '../support/peers.js';

const folder = sharedFolder();
const KINDS = ['f2', 'f4', 'f8', 'i1', 'i2', 'i4', 'i8', 'u1', 'u2', 'u4', 'u8'];
const ORDERS = ['little', 'big'];
const LAYOUTS = ['C', 'F'];

const NUMPY = `
import sys, numpy as np
folder = sys.argv[1]
random = np.random.default_rng(3)
def keep(name, a):
    a.astype('<f4').tofile(f'{folder}/{name}.f4')
for kind in ${JSON.stringify(KINDS)}:
    least, most = (-3, 3) if kind[0] == 'f' else (np.iinfo(kind).min, np.iinfo(kind).max)
    values = random.uniform(least, most, (41, 7)) if kind[0] == 'f' else random.integers(least, most, (41, 7), dtype=kind, endpoint=True)
    for word, order in [('little', '<'), ('big', '>')]:
        for layout in 'CF':
            a = np.asarray(values.astype(order + kind), order=layout)
            np.save(f'{folder}/{word}-{kind}-{layout}.npy', a)
            keep(f'{word}-{kind}-{layout}', a)
large = np.asfortranarray(random.normal(size=(20000, 60)).astype('>f8'))
np.save(f'{folder}/large.npy', large)
np.savez(f'{folder}/stored.npz', names=np.array(['a', 'b']), vectors=large[:50])
np.savez_compressed(f'{folder}/deflated.npz', vectors=large)
np.save(f'{folder}/strided.npy', large[::400, ::2])
keep('large', large); keep('stored', large[:50]); keep('deflated', large); keep('strided', large[::400, ::2])
`;

const ARROW = `
import sys, numpy as np, pyarrow as pa, pyarrow.parquet as pq
folder = sys.argv[1]
x = np.random.default_rng(4).normal(size=(500, 5))
paths = [f'images/{row}.png' for row in range(len(x))]
for name, kind in {
    'list-float': pa.list_(pa.float32()),
    'list-double': pa.list_(pa.float64()),
    'large-list': pa.large_list(pa.float32()),
    'fixed-list': pa.list_(pa.float32(), 5),
}.items():
    pq.write_table(pa.table({'path': paths, 'vector': pa.array(x.tolist(), kind)}), f'{folder}/{name}.parquet', row_group_size=150)
    x.astype('<f4').tofile(f'{folder}/{name}.f4')
`;

/** Shape and bytes of what was read, and of what NumPy wrote down. */
async function expectAsNumpy(file: string, rows: number, columns: number): Promise<void> {
  const { rows: read } = await readFeatureFile(join(folder, file));
  expect([read.rows, read.columns]).toEqual([rows, columns]);
  const wanted = readFileSync(join(folder, file.replace(/\.\w+$/, '.f4')));
  const { buffer, byteOffset, byteLength } = read.data;
  expect(Buffer.from(buffer, byteOffset, byteLength).equals(wanted)).toBe(true);
}

describe.skipIf(!hasPython('numpy'))('arrays by NumPy', () => {
  beforeAll(() => runPython(NUMPY, folder));

  const names = ORDERS.flatMap((order) =>
    KINDS.flatMap((kind) => LAYOUTS.map((layout) => `${order}-${kind}-${layout}.npy`)),
  );
  it.each(names)('%s', (name) => expectAsNumpy(name, 41, 7));

  it.each([
    ['large.npy', 20_000, 60],
    ['stored.npz', 50, 60],
    ['deflated.npz', 20_000, 60],
    ['strided.npy', 50, 30],
  ] as const)('%s, in blocks and column by column', (name, rows, columns) =>
    expectAsNumpy(name, rows, columns),
  );
});

describe.skipIf(!hasPython('pyarrow'))('columns by Arrow', () => {
  beforeAll(() => runPython(ARROW, folder));

  it.each(['list-float', 'list-double', 'large-list', 'fixed-list'])(
    '%s.parquet, with its paths',
    async (name) => {
      await expectAsNumpy(`${name}.parquet`, 500, 5);
      const { texts } = await readFeatureFile(join(folder, `${name}.parquet`));
      expect(texts).toEqual([Array.from({ length: 500 }, (_, row) => `images/${row}.png`)]);
    },
  );
});
