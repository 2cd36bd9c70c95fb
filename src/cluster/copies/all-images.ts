// What is known of pictures, said of all images that show them.
import type { NeighbourGraph, Neighbours } from '../../graph/neighbour-graph.js';
import { graphFromRows } from '../../graph/sparse.js';
import { imagesByPicture, type Pictures } from './copies.js';

/** Neighbours among different images → the same of all images, copies having those of the image they are a copy of. */
export function neighboursOfAll(
  { k, indices, distances }: Neighbours,
  { pictureOf, images }: Pictures,
): Neighbours {
  if (images.length === pictureOf.length) return { count: images.length, k, indices, distances };
  const all = {
    count: pictureOf.length,
    k,
    indices: new Int32Array(pictureOf.length * k),
    distances: new Float32Array(pictureOf.length * k),
  };
  pictureOf.forEach((picture, image) => {
    for (let rank = 0; rank < k; rank++) {
      all.indices[image * k + rank] = images[indices[picture * k + rank]];
      all.distances[image * k + rank] = distances[picture * k + rank];
    }
  });
  return all;
}

/**
 * A graph of pictures → the same of all images: whoever shows a picture that another stands for hangs on to that one, all of its copies
 * together as strongly as one neighbour, so that they go with it and do not hold it back.
 */
export function graphOfAll(graph: NeighbourGraph, { pictureOf, images }: Pictures): NeighbourGraph {
  const count = pictureOf.length;
  if (images.length === count) return graph;
  const copies = new Int32Array(images.length).fill(-1);
  for (const picture of pictureOf) copies[picture]++;
  const starts = new Int32Array(count + 1);
  const columns: number[] = [];
  const weights: number[] = [];
  const shownBy = imagesByPicture({ pictureOf, images });
  for (let image = 0; image < count; image++) {
    const picture = pictureOf[image];
    if (images[picture] === image) {
      for (let at = graph.offsets[picture]; at < graph.offsets[picture + 1]; at++) {
        columns.push(images[graph.neighbours[at]]);
        weights.push(graph.weights[at]);
      }
      for (const copy of shownBy[picture]) {
        if (copy === image) continue;
        columns.push(copy);
        weights.push(1 / copies[picture]);
      }
    } else {
      columns.push(images[picture]);
      weights.push(1 / copies[picture]);
    }
    starts[image + 1] = columns.length;
  }
  return graphFromRows(starts, Int32Array.from(columns), Float32Array.from(weights));
}
