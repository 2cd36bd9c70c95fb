// Running an engine program from a test: write it as ONNX, open it, feed it by name.
import { writeModel } from '#kindred/engine/lowering.js';
import { ANY, sizeOf, topologicalOrder, type Value } from '#kindred/engine/program.js';
import { createSession, floatValues, hostTensor, type TensorMap } from '#kindred/engine/runtime/session.js';

export type Feed = Readonly<Record<string, Float32Array | Uint8Array>>;

/** The values of `outputs` when the program's inputs are `feed`; a batch of ANY is as large as its feed. */
export async function runProgram<Name extends string>(
  outputs: Readonly<Record<Name, Value>>,
  feed: Feed,
): Promise<Record<Name, Float32Array>> {
  const session = await createSession(writeModel(outputs, 'test'));
  const tensors: TensorMap = {};
  for (const { operation, shape } of topologicalOrder(Object.values(outputs))) {
    if (operation.kind !== 'input') continue;
    const values = feed[operation.name];
    if (values === undefined) throw new Error(`runProgram: nothing to feed to ${operation.name}`);
    tensors[operation.name] = hostTensor(
      values,
      shape.map((extent) => (extent === ANY ? values.length / sizeOf(shape.slice(1)) : extent)),
    );
  }
  const results = await session.run(tensors);
  const values = Object.keys(outputs).map((name) => [name, floatValues(results[name]).slice()]);
  await session.release();
  return Object.fromEntries(values);
}
