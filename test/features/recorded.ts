// What PyTorch, scikit-learn and LAPACK say: test/recorded/features.json, made by record_features.py.
import { readFileSync } from 'node:fs';

interface Recorded {
  readonly images: number;
  readonly deskewed: string;
  readonly hog: { readonly raw: string; readonly deskewed: string };
  readonly pca: {
    readonly rows: number;
    readonly columns: number;
    readonly dimensions: number;
    readonly mean: string;
    readonly components: string;
  };
  readonly eigen: { readonly size: number; readonly values: readonly number[]; readonly vectors: string };
}

const file = new URL('../recorded/features.json', import.meta.url);
export const recorded: Recorded = JSON.parse(readFileSync(file, 'utf8'));

/** An array as it was recorded: float32 in base64. */
export function unpacked(text: string): Float32Array {
  return new Float32Array(Uint8Array.from(Buffer.from(text, 'base64')).buffer);
}
