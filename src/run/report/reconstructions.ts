// What the network was shown and what it gave back, one above the other.
import { html, type Markup } from './html.js';
import type { ReportImages } from './input.js';
import { pictureMarkup } from './kinds.js';
import { drawGrid } from './pictures.js';

const PAIRS_SHOWN = 24;
/** Pairs in one picture: as many as a telephone shows; wider screens put pictures side by side. */
const PAIRS_A_PICTURE = 8;

interface Pairs {
  readonly inputs: ReportImages;
  readonly outputs: ReportImages;
}

export async function reconstructionsSection({ inputs, outputs }: Pairs): Promise<Markup | null> {
  const count = Math.min(inputs.count, outputs.count, PAIRS_SHOWN);
  if (count === 0) return null;
  const size = inputs.height * inputs.width * inputs.channels;
  // One picture holds both rows, so both sets lie in one array here.
  const both = new Uint8Array(2 * count * size);
  both.set(inputs.data.subarray(0, count * size));
  both.set(outputs.data.subarray(0, count * size), count * size);
  const images = { ...inputs, data: both, count: 2 * count };
  const pictures: Markup[] = [];
  for (let start = 0; start < count; start += PAIRS_A_PICTURE) {
    const length = Math.min(PAIRS_A_PICTURE, count - start);
    const above = Array.from({ length }, (_, index) => start + index);
    const below = above.map((index) => count + index);
    const picture = await drawGrid({ images, columns: length, cells: [...above, ...below] });
    pictures.push(
      pictureMarkup(picture, `Images ${start + 1} to ${start + length}: inputs above, reconstructions below`),
    );
  }
  return html`<section aria-labelledby="reconstructions">
<h2 id="reconstructions">Reconstructions</h2>
<p class="lead">Above, what the network was shown; below, what it rebuilt from the code alone.</p>
<div class="pairs">${pictures}</div>
</section>`;
}
