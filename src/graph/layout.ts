// A neighbour graph as a map: every node a point of the plane, neighbours near each other.
//
// UMAP's objective (McInnes, Healy & Melville 2018, section 3.2) with 1/(1 + d²) as the chance that two points at distance
// d are joined: the cross entropy between that and the edges' weights, descended along edges drawn by their weight and
// pairs drawn at random (LargeVis: Tang, Liu, Zhang & Mei 2016). It begins at the graph's leading eigenvectors.
//
// UMAP draws far fewer pairs at random than the objective has (Damrich & Hamprecht 2021), so that kinds shrink to dense drops
// within which the order is lost. Here points push each other apart harder, nearer to t-SNE's (Böhm, Berens & Kobak 2022): a
// little first, while kinds find their place, and eight times as much in the end, to lay out what is in each.
//
// UMAP moves one edge after the other. Here the nodes lie in fixed parts, and a pass moves all of them once: each part sees
// its own nodes where they are and all others where the pass before left them. So that threads need not wait for
// each other, and the map is the same for every number of them.
import { compileKernel, type KernelMemory, type KernelModule, planKernelMemory } from '../core/kernels.js';
import { type Matrix, matrix } from '../core/matrix.js';
import type { SeededWork } from '../core/progress.js';
import { createRandom } from '../core/random.js';
import { openWorkerTeam } from '../core/workers.js';
import { leadingEigenvectors } from './eigenvectors/eigenvectors.js';
import type { NeighbourGraph } from './neighbour-graph.js';

/** Places in the kernel's memory, in bytes. */
export interface LayoutMemory {
  readonly memory: KernelMemory;
  readonly nodes: number;
  readonly offsets: number;
  readonly neighbours: number;
  /** float32 an edge: how likely a pass draws it. */
  readonly chances: number;
  /** (n, 2) float32, twice: a pass reads the one and writes the other, in turn. */
  readonly places: readonly [number, number];
  /** Ends of the parts, with 0 before them. */
  readonly parts: readonly number[];
}

/** What a thread gets at its start: the parts from `first` on, every `step`-th. */
export interface LayoutShare {
  readonly module: KernelModule;
  readonly layout: LayoutMemory;
  readonly first: number;
  readonly step: number;
}

export interface LayoutPass {
  readonly index: number;
  /** How far a force of 1 moves a node. */
  readonly rate: number;
  /** How hard points push each other apart; UMAP's is about 1. */
  readonly repulsion: number;
  /** For each part, not 0. */
  readonly seeds: Uint32Array;
}

/** More passes make a map of many nodes no better than the machine's time is worth: docs/log.md has the figures. */
const passesFor = (nodes: number) => (nodes <= 10_000 ? 500 : 300);
/** Of the last pass, for so many nodes and more; fewer need less room, and kinds would fall into strings. */
const [REPULSION, REPULSION_NODES] = [40, 60_000];
/** The last pass's repulsion over the first's; it grows by the same factor each pass. */
const REPULSION_GROWTH = 8;
/** As many threads may work; fixed, so that their number changes nothing. */
const MOST_PARTS = 16;
/** A part has at least so many nodes. */
const PART_NODES = 512;
/** Half the side of the square that the map begins in. */
const EXTENT = 10;
/** Nodes of one place are torn apart by this. */
const JITTER = 1e-2;
/** For a start: exact vectors would make the same map. */
const TOLERANCE = 1e-2;

/**
 * graph of n nodes → (n, 2) coordinates, centred. Equal graphs and seeds give equal bytes, whatever the number of threads.
 * Throws an InterruptedError when `signal` aborts.
 */
export async function layoutGraph(graph: NeighbourGraph, options: SeededWork): Promise<Matrix> {
  const { seed, threads, signal, report } = options;
  const nodes = graph.count;
  const start = await spectralStart(graph, options);
  if (graph.neighbours.length === 0) return start;
  const layout = layOut(graph, start);
  const parts = layout.parts.length - 1;
  const module = compileKernel(new URL('./layout.wasm', import.meta.url));
  const step = Math.min(threads, parts);
  const shares = Array.from({ length: step }, (_, first): LayoutShare => ({ module, layout, first, step }));
  const team = openWorkerTeam<LayoutPass, void>(new URL('./layout-worker.js', import.meta.url), shares, {
    signal,
  });
  const random = createRandom(seed, 'layout');
  const passes = passesFor(nodes);
  const lastRepulsion = REPULSION * Math.min(1, Math.sqrt(nodes / REPULSION_NODES));
  try {
    for (let index = 0; index < passes; index++) {
      const seeds = Uint32Array.from({ length: parts }, () => 1 + random.integer(2 ** 32 - 1));
      const done = index / passes;
      const repulsion = lastRepulsion * REPULSION_GROWTH ** (done - 1);
      await team.askAll({ index, rate: 1 - done, repulsion, seeds });
      report?.({ stage: 'layout', done: index + 1, total: passes, unit: 'passes' });
    }
  } finally {
    await team.close();
  }
  const found = new Float32Array(layout.memory.buffer, layout.places[passes % 2], nodes * 2);
  return centred(matrix(nodes, 2, found.slice()));
}

/** The two leading eigenvectors that tell nodes apart, in a square, with a little noise. */
async function spectralStart(graph: NeighbourGraph, { seed, threads, signal }: SeededWork): Promise<Matrix> {
  const nodes = graph.count;
  const coordinates = new Float32Array(nodes * 2);
  const random = createRandom(seed, 'layout start');
  if (nodes > 2 && graph.neighbours.length > 0) {
    const { vectors } = await leadingEigenvectors(graph, {
      count: 3,
      tolerance: TOLERANCE,
      seed,
      threads,
      ...(signal && { signal }),
    });
    // The first has all signs alike.
    for (let axis = 0; axis < 2; axis++) {
      let most = 0;
      for (let node = 0; node < nodes; node++) {
        most = Math.max(most, Math.abs(vectors.data[node * vectors.columns + axis + 1]));
      }
      const scale = most === 0 ? 0 : EXTENT / most;
      for (let node = 0; node < nodes; node++) {
        coordinates[node * 2 + axis] = vectors.data[node * vectors.columns + axis + 1] * scale;
      }
    }
  }
  for (let at = 0; at < coordinates.length; at++) coordinates[at] += JITTER * random.normal();
  return centred(matrix(nodes, 2, coordinates));
}

function layOut(graph: NeighbourGraph, start: Matrix): LayoutMemory {
  const { count: nodes, offsets, neighbours, weights } = graph;
  const { room, open } = planKernelMemory('the map');
  const at = {
    nodes,
    offsets: room(offsets.byteLength),
    neighbours: room(neighbours.byteLength),
    chances: room(weights.byteLength),
    places: [room(nodes * 8), room(nodes * 8)] as const,
  };
  const memory = open();
  new Int32Array(memory.buffer, at.offsets, offsets.length).set(offsets);
  new Int32Array(memory.buffer, at.neighbours, neighbours.length).set(neighbours);
  const chances = new Float32Array(memory.buffer, at.chances, weights.length);
  const heaviest = weights.reduce((most, weight) => Math.max(most, weight), 0);
  for (let edge = 0; edge < weights.length; edge++) chances[edge] = weights[edge] / heaviest;
  new Float32Array(memory.buffer, at.places[0], nodes * 2).set(start.data);
  const count = Math.max(1, Math.min(MOST_PARTS, Math.floor(nodes / PART_NODES)));
  const parts = Array.from({ length: count + 1 }, (_, part) => Math.floor((nodes * part) / count));
  return { ...at, memory, parts };
}

/** In place. */
function centred(points: Matrix): Matrix {
  const { rows, data } = points;
  for (let axis = 0; axis < 2; axis++) {
    let sum = 0;
    for (let row = 0; row < rows; row++) sum += data[row * 2 + axis];
    for (let row = 0; row < rows; row++) data[row * 2 + axis] -= sum / rows;
  }
  return points;
}
