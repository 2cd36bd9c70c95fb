import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { linearAxis, lossAxis } from '#kindred/run/report/axis.js';
import { curveSection } from '#kindred/run/report/curve.js';
import { selectExamples } from '#kindred/run/report/examples.js';
import { formatCommand, formatSeconds } from '#kindred/run/report/format.js';
import { html } from '#kindred/run/report/html.js';
import { reportPage, writeReport } from '#kindred/run/report/page.js';
import { drawGrid } from '#kindred/run/report/pictures.js';
import { temporaryFolder } from '../support/folders.js';
import { exampleReport } from '../support/report-input.js';

describe('the report', () => {
  it('is one file without a script or an outside address', async () => {
    const folder = temporaryFolder();
    await writeReport(folder, exampleReport());
    const page = readFileSync(join(folder, 'report.html'), 'utf8');
    expect(page).toMatch(/^<!doctype html>\n<html lang="en">/);
    expect(page).not.toMatch(/<script|https?:|url\(|@import|\bon\w+=/);
    expect(page).toContain('<td>74.1%</td>');
    expect(page).toContain('<pre tabindex="0"><code>kindred train --steps 2000</code></pre>');
    expect(page.match(/<img /g)).toHaveLength(10 + 2 + 1 + 3);
  });

  it('is the same twice', async () => {
    expect(await reportPage(exampleReport())).toBe(await reportPage(exampleReport()));
  });

  it('escapes every text it is given', async () => {
    const evil = '<img src=x onerror="alert(1)">&\'';
    const input = exampleReport();
    const page = await reportPage({
      ...input,
      card: {
        ...input.card,
        tag: evil,
        command: ['train', evil],
        data: { ...input.card.data, name: evil },
        machine: { ...input.card.machine, cpu: evil },
        seconds: { total: 1, [evil]: 1 },
      },
      kinds: input.kinds.map((kind) => ({ ...kind, name: evil })),
      confusion: { ...input.confusion!, classNames: Array(10).fill(evil) },
    });
    expect(page).not.toContain('<img src=x');
    expect(page).not.toContain('onerror="');
    expect(page.split('&lt;img src=x').length).toBeGreaterThan(40);
  });

  it('stays small and says what it left out, however many kinds there are', async () => {
    const input = exampleReport();
    const [kind] = input.kinds;
    const kinds = Array.from({ length: 3000 }, (_, cluster) => ({ ...kind, cluster, size: 3000 - cluster }));
    const counts = new Float64Array(3000 * 10).fill(1);
    const page = await reportPage({
      ...input,
      kinds,
      confusion: {
        ...input.confusion!,
        confusion: { ...input.confusion!.confusion, clusters: 3000, counts },
      },
    });
    expect(page.length).toBeLessThan(3_000_000);
    expect(page).toContain('2,500 smaller kinds more in kinds.csv.');
    expect(page).toMatch(/smallest kinds shown without pictures/);
    expect(page).toContain('2,000 smaller kinds are left out.');
  });
});

describe('examples of a kind', () => {
  it('are the nearest to the centre, then the least sure of the rest', () => {
    const n = 40;
    const [kind, empty] = selectExamples(
      {
        assignment: Int32Array.from({ length: n }, (_, image) => (image === 0 ? -1 : 0)),
        distance: Float32Array.from({ length: n }, (_, image) => n - image),
        confidence: Float32Array.from({ length: n }, (_, image) => image),
      },
      2,
    );
    expect(kind.typical).toEqual([39, 38, 37, 36, 35, 34, 33, 32, 31, 30, 29, 28, 27, 26, 25, 24]);
    expect(kind.boundary).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(empty).toEqual({ typical: [], boundary: [] });
  });
});

describe('pictures', () => {
  it('hold the very pixels, with clear gaps', async () => {
    const data = Uint8Array.of(10, 20, 30, 40, 50, 60, 70, 80);
    const images = { data, count: 2, height: 2, width: 2, channels: 1 };
    const { dataUri, width, height } = await drawGrid({ images, columns: 3, cells: [1, null, 0] });
    const png = sharp(Buffer.from(dataUri.split(',')[1], 'base64'));
    const pixels = await png.raw().toBuffer();
    expect([width, height, pixels.length]).toEqual([10, 2, 80]);
    // Of red, green, blue and alpha, keep the first and the last.
    const row = (index: number): number[] =>
      [...pixels.subarray(index * 40, index * 40 + 40)].filter((_, at) => at % 4 === 0 || at % 4 === 3);
    expect(row(0)).toEqual([50, 255, 60, 255, ...Array(12).fill(0), 10, 255, 20, 255]);
    expect(row(1)).toEqual([70, 255, 80, 255, ...Array(12).fill(0), 30, 255, 40, 255]);
  });

  it('show negatives as the pictures that they were made of', async () => {
    const data = Uint8Array.of(255, 0, 80, 255, 200, 0);
    const images = { data, count: 1, height: 1, width: 2, channels: 3, isNegative: true };
    const { dataUri } = await drawGrid({ images, columns: 1, cells: [0] });
    const pixels = await sharp(Buffer.from(dataUri.split(',')[1], 'base64'))
      .raw()
      .toBuffer();
    expect([...pixels]).toEqual([0, 255, 175, 255, 0, 55, 255, 255]);
  });

  it('shrink large images to means of blocks, in colour', async () => {
    const data = new Uint8Array(128 * 128 * 3).map((_, index) =>
      index % 3 === 0 ? ((index / 3) % 2) * 200 : 7,
    );
    const images = { data, count: 1, height: 128, width: 128, channels: 3 };
    const { dataUri, width, height } = await drawGrid({ images, columns: 1, cells: [0] });
    const pixels = await sharp(Buffer.from(dataUri.split(',')[1], 'base64'))
      .raw()
      .toBuffer();
    expect([width, height]).toEqual([64, 64]);
    expect([...pixels.subarray(0, 8)]).toEqual([100, 7, 7, 255, 100, 7, 7, 255]);
  });
});

describe('the loss curve', () => {
  const curveOf = (losses: number[]) => losses.map((loss, step) => [step, loss] as const);

  it('leaves out what is not a number, and itself where nothing is left', () => {
    const section = curveSection({ train: curveOf([2, Number.NaN, 1]), heldOut: [] });
    expect(section?.markup).not.toContain('NaN');
    expect(section?.markup).toContain('over 2 steps, ending at 1.');
    expect(curveSection({ train: curveOf([Number.NaN]), heldOut: [] })).toBeNull();
  });

  it('draws any finite losses inside its frame', () => {
    const losses = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(losses, (values) => {
        const { markup } = curveSection({ train: curveOf(values), heldOut: curveOf(values) })!;
        const [, wide] = /<path class="train" d="([^"]*)"/.exec(markup)!;
        for (const [, x, y] of wide.matchAll(/[ML](\S+) ([^ML]+)/g)) {
          expect(Number(x)).toBeGreaterThanOrEqual(56);
          expect(Number(x)).toBeLessThanOrEqual(760);
          expect(Number(y)).toBeGreaterThanOrEqual(13.9);
          expect(Number(y)).toBeLessThanOrEqual(256.1);
        }
      }),
      // All but none, and all but equal: where a round step underflows, or drowns in its own rounding.
      { numRuns: 40, examples: [[[5e-324]], [[0, 5e-324]], [[5e-324, 1]], [[1e6, 1e6 - 2e-10]]] },
    );
  });

  it('has round ticks', () => {
    expect(linearAxis(0, 2000, 7).ticks).toEqual([0, 500, 1000, 1500, 2000]);
    expect(lossAxis(0.1, 0.31).ticks).toEqual([0.1, 0.2, 0.3, 0.4]);
    expect(lossAxis(0.02, 0.3).ticks).toEqual([0.02, 0.05, 0.1, 0.2]);
    expect(lossAxis(1e-5, 10).ticks).toEqual([1e-5, 1e-4, 1e-3, 0.01, 0.1, 1, 10]);
    expect(lossAxis(5, 5).ticks.length).toBeGreaterThan(1);
  });
});

describe('words and figures', () => {
  it('escapes what is put into HTML, once', () => {
    expect(html`<b>${['<', html`<i>${'&'}</i>`, null, 3]}</b>`.markup).toBe('<b>&lt;<i>&amp;</i>3</b>');
    expect(html`${'a\u0000b'}`.markup).toBe('a\ufffdb');
  });

  it('writes times and commands as they are read', () => {
    expect([1.25, 99.96, 252, 7499].map(formatSeconds)).toEqual([
      '1.3 s',
      '1 min 40 s',
      '4 min 12 s',
      '2 h 5 min',
    ]);
    expect(formatCommand(['kindred', '--data_dir=my pile', "it's"])).toBe(
      "kindred '--data_dir=my pile' 'it'\\''s'",
    );
  });
});
