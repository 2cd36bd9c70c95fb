// Which pixels meet which kernel taps: the index arithmetic of convolution as gather + matrix product.
// Pure integer tables, made once when a program is written; the source of every formula is the definition
//   y[i, j] = Σ_{u,v} x[i·stride + u − padding, j·stride + v − padding] · kernel[u, v].
import type { ConvolutionGeometry } from '../program.js';

/**
 * For each output pixel the k·k input pixels under the kernel, as row-major pixel numbers; pixels outside
 * the image get the number height·width, where the padded image keeps a zero.
 * Shape (outHeight·outWidth, k·k).
 */
export function patchIndices(geometry: ConvolutionGeometry): Int32Array {
  const { height, width, outHeight, outWidth, kernel, stride, padding } = geometry;
  const indices = new Int32Array(outHeight * outWidth * kernel * kernel);
  let position = 0;
  for (let row = 0; row < outHeight; row++) {
    for (let column = 0; column < outWidth; column++) {
      for (let u = 0; u < kernel; u++) {
        for (let v = 0; v < kernel; v++) {
          indices[position++] = pixelNumber(
            row * stride + u - padding,
            column * stride + v - padding,
            height,
            width,
          );
        }
      }
    }
  }
  return indices;
}

/**
 * The distinct runs of `run` numbers in a table, and the table in numbers of runs. Patches one pixel apart share
 * their columns' runs: to gather each run once, and then whole runs, moves fewer and longer blocks.
 */
export function findRuns(indices: Int32Array, run: number): { runs: Int32Array; table: Int32Array } {
  if (run === 1) return { runs: indices, table: indices };
  const known = new Map<string, number>();
  const runs: number[] = [];
  const table = Int32Array.from({ length: indices.length / run }, (_, block) => {
    const pixels = indices.subarray(block * run, (block + 1) * run);
    const key = pixels.join();
    const number = known.get(key) ?? known.size;
    if (number === known.size) runs.push(...pixels);
    known.set(key, number);
    return number;
  });
  return { runs: Int32Array.from(runs), table };
}

/** The rows numbered `rows` of a table with `columns` columns. */
export function chooseRows(table: Int32Array, rows: Int32Array, columns: number): Int32Array {
  const chosen = new Int32Array(rows.length * columns);
  rows.forEach((row, place) => {
    chosen.set(table.subarray(row * columns, (row + 1) * columns), place * columns);
  });
  return chosen;
}

/**
 * The transposed convolution as ordinary ones ("sub-pixel" form; Shi et al. 2016, arXiv:1609.05158):
 * output row stride·i + a only meets kernel rows u = a + padding − stride·d, for input rows i + d.
 * So each phase a of the output rows is a small gather and one matrix product; the phases of a row's columns
 * share the product, with zero weights where a tap belongs to another phase.
 */
export interface RowPhase {
  /** Neighbouring pixels of y for each block of stride × stride outputs: (blockRows·blockColumns, taps). */
  readonly neighbours: Int32Array;
  readonly taps: number;
  /** Kernel element (u·k + v) for each (tap, column phase), or k·k for a zero: (taps, stride). */
  readonly weights: Int32Array;
}

export interface SubPixelPlan {
  readonly phases: readonly RowPhase[];
  /** Blocks of stride × stride output pixels; they may reach past the image by less than a block. */
  readonly blockRows: number;
  readonly blockColumns: number;
}

export function subPixelPlan(geometry: ConvolutionGeometry): SubPixelPlan {
  const { height, width, outHeight, outWidth, kernel, stride, padding } = geometry;
  const blockRows = Math.ceil(height / stride);
  const blockColumns = Math.ceil(width / stride);
  const kernelIndex = (phase: number, offset: number) => phase + padding - stride * offset;
  const inKernel = (index: number) => index >= 0 && index < kernel;
  const offsets = Array.from({ length: 2 * kernel + 1 }, (_, index) => index - kernel);
  const phaseNumbers = Array.from({ length: stride }, (_, phase) => phase);
  const columnOffsets = offsets.filter((offset) =>
    phaseNumbers.some((b) => inKernel(kernelIndex(b, offset))),
  );

  const phases = phaseNumbers.map((a): RowPhase => {
    const rowOffsets = offsets.filter((offset) => inKernel(kernelIndex(a, offset)));
    const neighbours: number[] = [];
    for (let row = 0; row < blockRows; row++) {
      for (let column = 0; column < blockColumns; column++) {
        for (const d of rowOffsets) {
          for (const e of columnOffsets)
            neighbours.push(pixelNumber(row + d, column + e, outHeight, outWidth));
        }
      }
    }
    const weights: number[] = [];
    for (const d of rowOffsets) {
      for (const e of columnOffsets) {
        for (const b of phaseNumbers) {
          const [u, v] = [kernelIndex(a, d), kernelIndex(b, e)];
          weights.push(inKernel(v) ? u * kernel + v : kernel * kernel);
        }
      }
    }
    return {
      neighbours: Int32Array.from(neighbours),
      taps: rowOffsets.length * columnOffsets.length,
      weights: Int32Array.from(weights),
    };
  });
  return { phases, blockRows, blockColumns };
}

function pixelNumber(row: number, column: number, height: number, width: number): number {
  const inside = row >= 0 && row < height && column >= 0 && column < width;
  return inside ? row * width + column : height * width;
}
