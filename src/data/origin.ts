// Where a source came from: what is needed to open it again, or to find its labels.

/**
 * Where a source came from, as far as reading its labels, or opening it again, needs it. Paths are absolute.
 * Labels themselves are read by labels/labels.ts alone.
 */
export type SourceOrigin =
  | { readonly format: 'idx' | 'npy' | 'csv' | 'zip' | 'tar' | 'image'; readonly path: string }
  /** `key`: the name of the array of the images. */
  | { readonly format: 'npz'; readonly path: string; readonly key: string }
  | { readonly format: 'parquet'; readonly paths: readonly string[] }
  | { readonly format: 'folder'; readonly path: string }
  /** Several sources one after the other: an id is `prefix/id of the part`, or the part's own where the prefix is empty. */
  | { readonly format: 'several'; readonly parts: readonly NamedOrigin[] };

export interface NamedOrigin {
  readonly prefix: string;
  readonly origin: SourceOrigin;
}

// Where labels are. A person says it; nothing that trains looks there.

/** Carried by the source or beside it, or said by the names of the folders that the pictures lie in. */
export const LABEL_PLACES = ['source', 'folders'] as const;
/** `source`: in or beside the images; `folders`: the names of the folders around them. */
export type LabelPlace = (typeof LABEL_PLACES)[number];
