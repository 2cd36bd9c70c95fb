// Max pooling over 2 × 2 windows, as comparisons of whole tensors: the four pixels of every window lie in four
// tensors (layout.ts), so that nothing is gathered and no index of the winner is kept.
//
// Forward a tournament: top = max(a, b), bottom = max(c, d), y = max(top, bottom). Backward the same way down:
// the winner of each pair takes the whole gradient, of equals the first, as PyTorch does. Equals are common:
// where an image is blank all four pixels of a convolution are.
import type { ConvolutionContext } from './convolution/convolution.js';
import { type Placed, placeChunks, placeQuarters, placeWhole } from './layout.js';
import { float } from './onnx/onnx.js';
import { ANY, type Value } from './program.js';

interface Pairs {
  readonly top: string;
  readonly bottom: string;
}

export interface PoolingContext extends ConvolutionContext {
  /** The larger of the upper and of the lower two pixels of every window, chunk by chunk. */
  readonly keptPairs: Map<Value, readonly Pairs[]>;
}

export function lowerMaxPool(y: Value, context: PoolingContext): Placed {
  const { graph, placed } = context;
  const [x] = y.inputs;
  if (y.shape[0] !== ANY) {
    return placeChunks(
      graph,
      y,
      pairsOf(x, context).map(({ top, bottom }) => graph.node('Max', [top, bottom])),
    );
  }
  const planes = graph.transpose(placed(x).whole(), [0, 3, 1, 2]);
  const pooled = graph.node('MaxPool', [planes], {
    attributes: { kernel_shape: [2, 2], strides: [2, 2] },
  });
  return placeWhole(graph, y, graph.transpose(pooled, [0, 2, 3, 1]));
}

export function lowerMaxPoolGradient(y: Value, context: PoolingContext): Placed {
  const { graph, placed } = context;
  const [x, dy] = y.inputs;
  const dyChunks = placed(dy).chunks();
  const pairs = pairsOf(x, context);
  /** [what goes to `first`, what goes to `second`] of `gradient`. */
  const shared = (gradient: string, first: string, second: string): [string, string] => {
    // 1 where first ≥ second, else 0: numbers nearer than 1e-30 do not occur.
    const isFirst = graph.node('HardSigmoid', [graph.node('Sub', [first, second])], {
      attributes: { alpha: float(1e30), beta: float(1) },
    });
    const toFirst = graph.node('Mul', [gradient, isFirst]);
    return [toFirst, graph.node('Sub', [gradient, toFirst])];
  };
  const quarters = placed(x)
    .quarters()
    .map(([a, b, c, d], chunkIndex) => {
      const { top, bottom } = pairs[chunkIndex];
      const [toTop, toBottom] = shared(dyChunks[chunkIndex], top, bottom);
      return [...shared(toTop, a, b), ...shared(toBottom, c, d)];
    });
  return placeQuarters(graph, y, quarters);
}

function pairsOf(x: Value, { graph, placed, keptPairs }: PoolingContext): readonly Pairs[] {
  const known = keptPairs.get(x);
  if (known !== undefined) return known;
  const pairs = placed(x)
    .quarters()
    .map(([a, b, c, d]) => ({ top: graph.node('Max', [a, b]), bottom: graph.node('Max', [c, d]) }));
  keptPairs.set(x, pairs);
  return pairs;
}
