// Kinds are numbered from 0; what stands in place of a number.

/** Of an image, or a node of a graph, that belongs to no kind. */
export const NO_KIND = -1;
/** Of an image of which nobody has said anything. */
export const UNTOLD = -2;
