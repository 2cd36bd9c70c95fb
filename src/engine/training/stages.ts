// A program that sums over all workers on its way, cut at those sums into models that run one after the other: each
// stops where it has what is to be summed, and the next one goes on with the sums.
//
// A value is computed in the latest stage that can do it, so that what goes from stage to stage is what several of
// them need, and not what a later one makes of it by the way.
import { writeModel } from '../lowering.js';
import { input, topologicalOrder, type Value } from '../program.js';

export interface Stage {
  /** Its inputs are inputs of the program, and outputs of stages before it. */
  readonly model: Uint8Array<ArrayBuffer>;
  /** Those of its outputs that are to be summed over all workers before the next stage. */
  readonly sums: readonly string[];
}

const isSum = ({ operation }: Value) => operation.kind === 'allReduceSum';
const isGiven = ({ operation }: Value) => operation.kind === 'input' || operation.kind === 'constant';

export function writeStages(outputs: Readonly<Record<string, Value>>, name: string): Stage[] {
  const order = topologicalOrder(Object.values(outputs));
  const stageOf = latestStages(order);
  const names = new Map(order.map((value, index) => [value, `value:${index}`]));
  for (const [output, value] of Object.entries(outputs)) names.set(value, output);
  const isNeededLater = new Set(Object.values(outputs));
  for (const user of order) {
    for (const source of user.inputs) {
      if (!isGiven(source) && !isSum(user) && stageOf.get(source)! < stageOf.get(user)!)
        isNeededLater.add(source);
    }
  }

  const last = Math.max(...stageOf.values());
  return Array.from({ length: last + 1 }, (_, stage) => {
    const made = new Map<Value, Value>();
    const found: Record<string, Value> = {};
    const sums: string[] = [];
    for (const value of order) {
      const isOwn = stageOf.get(value) === stage;
      if (isGiven(value)) made.set(value, value);
      else if (!isOwn || isSum(value)) made.set(value, input(names.get(value)!, value.shape));
      else made.set(value, { ...value, inputs: value.inputs.map((source) => made.get(source)!) });
      if (isOwn && !isSum(value) && isNeededLater.has(value)) found[names.get(value)!] = made.get(value)!;
    }
    for (const sum of order.filter(isSum)) {
      const [source] = sum.inputs;
      if (stageOf.get(source) !== stage) continue;
      found[names.get(sum)!] = made.get(source)!;
      sums.push(names.get(sum)!);
    }
    return { model: writeModel(found, `${name}-${stage}`), sums };
  });
}

/** The latest stage in which each value can be computed; a sum is there from its stage on. */
function latestStages(order: readonly Value[]): Map<Value, number> {
  const earliest = new Map<Value, number>();
  for (const value of order) {
    const before = Math.max(0, ...value.inputs.map((source) => earliest.get(source)!));
    earliest.set(value, isSum(value) ? before + 1 : before);
  }
  const last = Math.max(...earliest.values());
  const latest = new Map<Value, number>(order.map((value) => [value, last]));
  for (const user of [...order].reverse()) {
    const bound = latest.get(user)! - (isSum(user) ? 1 : 0);
    for (const source of user.inputs) latest.set(source, Math.min(latest.get(source)!, bound));
  }
  return latest;
}
