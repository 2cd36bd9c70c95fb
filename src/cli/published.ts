// Published accuracies of methods that are given no label: what kindred bench stands beside.

export interface PublishedResult {
  readonly method: string;
  readonly source: string;
  /** One-to-one accuracy as published, a fraction of 1; null where that data set is not reported. */
  readonly mnist: number | null;
  readonly fashion: number | null;
  /** Were labels used to pick the epoch, the run or a hyper-parameter? */
  readonly pickedByLabels: boolean;
}

/** Oldest first. On all images of the data set, training and test, which they all cluster together. */
export const PUBLISHED: readonly PublishedResult[] = [
  entry('DEC', 'Xie, Girshick & Farhadi 2016', 0.843, null, false),
  entry('VaDE', 'Jiang et al. 2017', 0.945, null, false),
  entry('IIC', 'Ji, Henriques & Vedaldi 2019', 0.992, null, true),
  entry('N2D', 'McConville et al. 2019', 0.979, 0.672, false),
  entry('DynAE', 'Mrabah et al. 2019', 0.987, null, false),
  entry('ASPC-DA', 'Guo et al. 2019', 0.988, null, false),
  entry('SPC', 'Mahon & Lukasiewicz 2021', 0.992, 0.679, true),
  entry('VMM', 'Stirn & Knowles 2023', null, 0.716, true),
];

function entry(
  method: string,
  source: string,
  mnist: number | null,
  fashion: number | null,
  pickedByLabels: boolean,
): PublishedResult {
  return { method, source, mnist, fashion, pickedByLabels };
}
