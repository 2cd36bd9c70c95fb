// Files by the writers that people use: NumPy, pandas and Arrow. Each is the same few images.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { openDataset } from '#kindred/data/formats/open.js';
import { readLabels } from '#kindred/data/labels/labels.js';
import { sharedFolder } from '../support/folders.js';
import { hasPython, runPython } from '../support/peers.js';
import { allPictures, pixelsOf } from '../support/pictures.js';

const folder = sharedFolder();
const [COUNT, SIDE] = [37, 6];
const images = Array.from({ length: COUNT }, (_, row) =>
  Array.from({ length: SIDE * SIDE }, (_, at) => (row * 53 + at * 29) % 256),
);
const labels = images.map((_, row) => String(row % 4));

const NUMPY = `
import json, sys, numpy as np
folder, given = sys.argv[1], json.load(open(sys.argv[1] + '/images.json'))
x = np.array(given['images'], np.uint8).reshape(-1, ${SIDE}, ${SIDE})
y = np.array(given['labels'])
for kind in ['u1', 'u2', 'i2', 'u4', 'i4', 'u8', 'i8', 'f2', 'f4', 'f8', 'f4/255', 'f8/255', 'f2/255']:
    dtype, *unit = kind.split('/')
    for order in '<>':
        a = (x / 255 if unit else x).astype(order + dtype)
        np.save(f"{folder}/{order == '<' and 'little' or 'big'}-{kind.replace('/', '-')}.npy", a)
np.save(f'{folder}/bool.npy', x > 127)
np.save(f'{folder}/flat.npy', x.reshape(len(x), -1))
np.save(f'{folder}/channel.npy', x[..., None])
np.save(f'{folder}/fortran.npy', np.asfortranarray(x.astype('>f4')))
np.savez_compressed(f'{folder}/fortran.npz', x=np.asfortranarray(x), y=y.astype(int))
np.save(f'{folder}/colour.npy', np.stack([x, x // 2, 255 - x], -1))
np.save(f'{folder}/planes.npy', np.stack([x, x // 2, 255 - x], 1))
for version in [(1, 0), (2, 0), (3, 0)]:
    with open(f'{folder}/version-{version[0]}.npy', 'wb') as file:
        np.lib.format.write_array(file, x, version=version)
np.savez(f'{folder}/stored.npz', x=x, y=y.astype(int))
np.savez_compressed(f'{folder}/deflated.npz', x=x, y=y, names=np.array(['a', 1], object))
np.savez(f'{folder}/unnamed.npz', x, y)
np.savez(f'{folder}/keras.npz', x_train=x[:30], y_train=y[:30], x_test=x[30:], y_test=y[30:])
`;

const PANDAS = `
import json, sys, numpy as np, pandas as pd
folder, given = sys.argv[1], json.load(open(sys.argv[1] + '/images.json'))
x, y = np.array(given['images'], np.uint8), [int(label) for label in given['labels']]
pixels = pd.DataFrame(x, columns=[f'pixel{at}' for at in range(x.shape[1])])
labelled = pixels.copy(); labelled.insert(0, 'label', y)
labelled.to_csv(f'{folder}/kaggle.csv', index=False)
labelled.to_csv(f'{folder}/index.csv')
labelled.to_csv(f'{folder}/semicolon.csv', index=False, sep=';', lineterminator='\\r\\n', encoding='utf-8-sig')
labelled.to_csv(f'{folder}/quoted.csv', index=False, sep='\\t', quoting=1)
labelled.to_csv(f'{folder}/no-header.csv', index=False, header=False)
labelled.to_csv(f'{folder}/packed.csv.gz', index=False)
(labelled / 255).assign(label=y).to_csv(f'{folder}/fractions.csv', index=False)
labelled.astype(float).to_csv(f'{folder}/floats.csv', index=False)
pixels.assign(label=y).to_csv(f'{folder}/label-last.csv', index=False)
pd.DataFrame(x).to_csv(f'{folder}/numbered.csv', index=False)
pd.DataFrame(x).to_csv(f'{folder}/numbered-index.csv')
`;

const ARROW = `
import json, sys, pyarrow as pa, pyarrow.parquet as pq
folder, given = sys.argv[1], json.load(open(sys.argv[1] + '/images.json'))
image = pa.array([{'bytes': bytes(i), 'path': None} for i in given['images']], pa.struct([('bytes', pa.binary()), ('path', pa.string())]))
features = {'info': {'features': {'image': {'_type': 'Image'}, 'label': {'names': ['0', '1', '2', '3'], '_type': 'ClassLabel'}}}}
table = pa.table({'image': image, 'label': [int(label) for label in given['labels']]}).replace_schema_metadata({'huggingface': json.dumps(features)})
for codec in ['none', 'snappy', 'gzip', 'zstd', 'brotli', 'lz4']:
    pq.write_table(table, f'{folder}/{codec}.parquet', compression=codec, row_group_size=10)
pq.write_table(table, f'{folder}/page-2.parquet', data_page_version='2.0', data_page_size=64, write_page_index=True)
pq.write_table(table, f'{folder}/one-group.parquet', use_dictionary=False, write_statistics=False)
pq.write_table(table, f'{folder}/old.parquet', version='1.0', use_dictionary=['image.bytes'])
large = pa.array([bytes(i) for i in given['images']], pa.large_binary())
pq.write_table(pa.table({'id': list(range(len(large))), 'image': large, 'label': given['labels']}), f'{folder}/binary.parquet')
pq.write_table(table.set_column(1, 'label', table['label'].dictionary_encode()), f'{folder}/dictionary.parquet')
nested = pa.array([[[1, 2], [3, 4]]])
pq.write_table(pa.table({'image': nested}), f'{folder}/nested.parquet')
`;

beforeAll(() => writeFileSync(join(folder, 'images.json'), JSON.stringify({ images, labels })));

async function opened(name: string) {
  const { train, test } = await openDataset([join(folder, name)]);
  const pictures = await allPictures(train);
  const read = await readLabels({ origin: train.origin, ids: pictures.map(({ id }) => id) });
  return { train, test, pictures, labels: read && Array.from(read.values, (value) => read.names[value]) };
}

describe.skipIf(!hasPython('numpy'))('NumPy', () => {
  beforeAll(() => runPython(NUMPY, folder));

  const kinds = ['u1', 'u2', 'i2', 'u4', 'i4', 'u8', 'i8', 'f2', 'f4', 'f8', 'f4-255', 'f8-255', 'f2-255'];
  const names = [
    ...kinds.flatMap((kind) => [`little-${kind}`, `big-${kind}`]),
    ...['flat', 'channel', 'fortran', 'version-1', 'version-2', 'version-3'],
  ];
  it.each(names)('%s.npy is read', async (name) => {
    const { train, pictures } = await opened(`${name}.npy`);
    expect(train.shape).toEqual({ height: SIDE, width: SIDE, channels: 1 });
    expect(pixelsOf(pictures)).toEqual(images);
  });

  it('truth values are black and white', async () => {
    const { pictures } = await opened('bool.npy');
    expect(pixelsOf(pictures)).toEqual(images.map((image) => image.map((pixel) => (pixel > 127 ? 255 : 0))));
  });

  it.each(['colour', 'planes'])('%s.npy is in colour', async (name) => {
    const { train, pictures } = await opened(`${name}.npy`);
    expect(train.shape).toEqual({ height: SIDE, width: SIDE, channels: 3 });
    expect(pixelsOf(pictures)).toEqual(
      images.map((image) => image.flatMap((pixel) => [pixel, Math.floor(pixel / 2), 255 - pixel])),
    );
  });

  it.each(['stored', 'deflated', 'unnamed', 'fortran'])('%s.npz is read with its labels', async (name) => {
    const { pictures, labels: found } = await opened(`${name}.npz`);
    expect(pixelsOf(pictures)).toEqual(images);
    expect(found).toEqual(labels);
  });

  it('a part for testing is kept apart', async () => {
    const { test, pictures, labels: found } = await opened('keras.npz');
    expect(pixelsOf(pictures)).toEqual(images.slice(0, 30));
    expect(found).toEqual(labels.slice(0, 30));
    expect(pixelsOf(await allPictures(test!))).toEqual(images.slice(30));
  });
});

describe.skipIf(!hasPython('pandas'))('pandas', () => {
  beforeAll(() => runPython(PANDAS, folder));

  it.each([
    'kaggle.csv',
    'index.csv',
    'semicolon.csv',
    'quoted.csv',
    'no-header.csv',
    'packed.csv.gz',
    'fractions.csv',
    'floats.csv',
    'label-last.csv',
  ])('%s is read with its labels', async (name) => {
    const { pictures, labels: found } = await opened(name);
    expect(pixelsOf(pictures)).toEqual(images);
    expect(found?.map((label) => String(Number(label)))).toEqual(labels);
  });

  it.each(['numbered.csv', 'numbered-index.csv'])('%s has no labels', async (name) => {
    const { pictures, labels: found } = await opened(name);
    expect(pixelsOf(pictures)).toEqual(images);
    expect(found).toBeNull();
  });
});

describe.skipIf(!hasPython('pyarrow'))('Arrow', () => {
  beforeAll(() => runPython(ARROW, folder));

  it.each([
    'none',
    'snappy',
    'gzip',
    'zstd',
    'brotli',
    'lz4',
    'page-2',
    'one-group',
    'old',
    'binary',
    'dictionary',
  ])('%s.parquet is read with its labels', async (name) => {
    const { train, pictures, labels: found } = await opened(`${name}.parquet`);
    expect(train.count).toBe(COUNT);
    expect(
      pictures.map((picture) => picture.kind === 'encoded' && [...(picture.file as Uint8Array)]),
    ).toEqual(images);
    expect(found).toEqual(labels);
    const sample = await train.sample(9);
    expect(sample.length).toBeGreaterThanOrEqual(9);
    expect(sample).toEqual(
      sample.map(({ id }) => ({ ...pictures[Number(id)], file: Uint8Array.from(images[Number(id)]) })),
    );
  });

  it('nested lists of numbers are refused', async () => {
    await expect(opened('nested.parquet')).rejects.toThrow(
      /nested\.parquet holds its images as nested lists \(columns image\), where a column image of \{bytes, path\} is read: write encoded pictures\.$/,
    );
  });
});
