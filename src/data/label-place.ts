// Where labels are. A person says it; nothing that trains looks there.

/** Carried by the source or beside it, or said by the names of the folders that the pictures lie in. */
export const LABEL_PLACES = ['source', 'folders'] as const;
export type LabelPlace = (typeof LABEL_PLACES)[number];
