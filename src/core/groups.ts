// Items in groups that are numbered from 0, as kinds are, and items picked by what is known of them.

/** Of an image, or a node of a graph, that belongs to no kind. */
export const NO_KIND = -1;
/** Of an image of which nobody has said anything. */
export const UNTOLD = -2;

/** group (n) → the items of each of k groups, ascending; those of group −1 are in none. */
export function membersOf(group: Int32Array, k: number): number[][] {
  const members: number[][] = Array.from({ length: k }, () => []);
  for (let item = 0; item < group.length; item++) if (group[item] >= 0) members[group[item]].push(item);
  return members;
}

/** group (n) → how many items each of k groups has; those of group −1 are not counted. */
export function sizesOf(group: Int32Array, k: number): number[] {
  const sizes = new Array<number>(k).fill(0);
  for (let item = 0; item < group.length; item++) if (group[item] >= 0) sizes[group[item]]++;
  return sizes;
}

/** The items whose value the condition holds for, ascending. */
export function itemsWhere(
  values: ArrayLike<number>,
  holds: (value: number, item: number) => boolean,
): Int32Array {
  const items: number[] = [];
  for (let item = 0; item < values.length; item++) if (holds(values[item], item)) items.push(item);
  return Int32Array.from(items);
}
