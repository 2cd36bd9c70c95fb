// Reverse-mode differentiation in one table: for y = f(a, b, …) and dy = ∂loss/∂y, each rule gives
// ∂loss/∂a, ∂loss/∂b, … as further operations of the same program.
//
// Source: Griewank & Walther, "Evaluating Derivatives", 2nd ed., ch. 3. The adjoint of a convolution in its
// input is the transposed convolution and the other way round, so two operations differentiate each other.
import {
  add,
  allReduceSum,
  broadcast,
  columnSum,
  convolution,
  divide,
  heaviside,
  isRowOf,
  kernelGradient,
  matmul,
  maxPoolGradient,
  multiply,
  reshape,
  scale,
  softmax,
  subtract,
  transposedConvolution,
} from './operations.js';
import { constant, type Operation, type OperationKind, topologicalOrder, type Value } from './program.js';

/** One gradient an input, in the order of `y.inputs`. `dy` has the shape of `y`. */
type Rule<O> = (dy: Value, y: Value, operation: O) => readonly Value[];
type RuleTable = { readonly [K in OperationKind]?: Rule<Extract<Operation, { kind: K }>> };

const RULES: RuleTable = {
  matmul: (dy, y, { transposeA, transposeB }) => {
    const [a, b] = y.inputs;
    // y = A·B: dA = dy·Bᵀ and dB = Aᵀ·dy; a factor stored transposed gets its gradient transposed.
    const da = transposeA
      ? matmul(b, dy, null, { transposeA: transposeB, transposeB: true })
      : matmul(dy, b, null, { transposeB: !transposeB });
    const db = transposeB
      ? matmul(dy, a, null, { transposeA: true, transposeB: transposeA })
      : matmul(a, dy, null, { transposeA: !transposeA });
    return biased(y, dy, da, db);
  },
  convolution: (dy, y, { geometry }) => {
    const [x, kernel] = y.inputs;
    return biased(y, dy, transposedConvolution(dy, kernel, null, geometry), kernelGradient(x, dy, geometry));
  },
  transposedConvolution: (dy, y, { geometry }) => {
    const [x, kernel] = y.inputs;
    return biased(y, dy, convolution(dy, kernel, null, geometry), kernelGradient(dy, x, geometry));
  },
  relu: (dy, y) => [multiply(dy, heaviside(y))],
  sigmoid: (dy, y) => [multiply(dy, subtract(y, multiply(y, y)))],
  add: (dy, { inputs: [, b] }) => [dy, likeRight(dy, b)],
  subtract: (dy, { inputs: [, b] }) => [dy, likeRight(scale(dy, -1), b)],
  multiply: (dy, { inputs: [a, b] }) => [multiply(dy, b), likeRight(multiply(dy, a), b)],
  divide: (dy, y) => {
    const [, b] = y.inputs;
    return [divide(dy, b), likeRight(scale(divide(multiply(dy, y), b), -1), b)];
  },
  squareRoot: (dy, y) => [scale(divide(dy, y), 0.5)],
  scale: (dy, _, { factor }) => [scale(dy, factor)],
  sumOfSquares: (dy, { inputs: [x] }) => [multiply(x, scale(dy, 2))],
  reshape: (dy, { inputs: [x] }) => [reshape(dy, x.shape)],
  columnSum: (dy, { inputs: [x] }) => [broadcast(dy, x.shape)],
  broadcast: (dy) => [columnSum(dy)],
  allReduceSum: (dy) => [allReduceSum(dy)],
  maxPool: (dy, { inputs: [x] }) => [maxPoolGradient(x, dy)],
  // The targets are given; their gradient is never asked for.
  crossEntropy: (dy, { inputs: [x, targets] }) => [multiply(subtract(softmax(x), targets), dy)],
};

/** The kinds of operation that have a rule. */
export const DIFFERENTIABLE = Object.keys(RULES) as readonly OperationKind[];

/**
 * ∂loss/∂parameter for each of `parameters`, in their order and shapes; `loss` is a scalar.
 * Throws if a parameter does not reach the loss, or reaches it through an operation without a rule.
 */
export function gradients(loss: Value, parameters: readonly Value[]): Value[] {
  if (loss.shape.length !== 0) throw new RangeError(`gradients: the loss must be a scalar`);
  const order = topologicalOrder([loss]);
  const wanted = new Set<Value>(parameters);
  for (const value of order) if (value.inputs.some((source) => wanted.has(source))) wanted.add(value);

  const adjoints = new Map<Value, Value>([[loss, constant(Float32Array.of(1), [])]]);
  for (const value of order.reverse()) {
    const dy = adjoints.get(value);
    if (dy === undefined || !value.inputs.some((source) => wanted.has(source))) continue;
    applyRule(value, dy).forEach((contribution, index) => {
      const source = value.inputs[index];
      if (!wanted.has(source)) return;
      if (contribution.shape.length !== source.shape.length) {
        throw new Error(`gradients: ${value.operation.kind} cannot be differentiated in a broadcast scalar`);
      }
      const known = adjoints.get(source);
      adjoints.set(source, known === undefined ? contribution : add(known, contribution));
    });
  }
  return parameters.map((parameter) => {
    const adjoint = adjoints.get(parameter);
    if (adjoint === undefined) throw new Error('gradients: a parameter does not reach the loss');
    return adjoint;
  });
}

function applyRule(y: Value, dy: Value): readonly Value[] {
  const rule = RULES[y.operation.kind] as Rule<Operation> | undefined;
  if (rule === undefined) throw new Error(`gradients: ${y.operation.kind} has no gradient rule`);
  return rule(dy, y, y.operation);
}

/** A gradient for the right operand: summed where that is a row which was broadcast. */
function likeRight(gradient: Value, b: Value): Value {
  return isRowOf(b.shape, gradient.shape) ? columnSum(gradient) : gradient;
}

function biased(y: Value, dy: Value, ...gradientsOfFactors: readonly Value[]): readonly Value[] {
  return y.inputs.length === 3 ? [...gradientsOfFactors, columnSum(dy)] : gradientsOfFactors;
}
