// Two runs side by side: how the kinds of the one lie in the kinds of the other, and the images that changed.
import { useState } from 'preact/hooks';
import type { Comparison } from '../../server/messages.js';
import { fetchJson, runPath } from '../api.js';
import { runs, useFetched } from '../store.js';
import { counted, percent } from '../words.js';
import { Picture } from './images.js';

/** Changed images that are shown. */
const SHOWN = 60;

export function RunComparison({ tag, other }: { readonly tag: string; readonly other: string }) {
  const [known, setKnown] = useState<Comparison | null>(null);
  const address = runPath(tag, 'compare', encodeURIComponent(other));
  useFetched(() => fetchJson<Comparison>(address), setKnown, [address]);
  const found = known?.tag === tag && known.other === other ? known : null;
  return (
    <section class="comparison" aria-label={`${tag} and ${other} compared`}>
      <h2>
        {tag} and {other}
      </h2>
      <Accuracies tags={[tag, other]} />
      {found === null ? <p class="quiet">Comparing …</p> : <Compared found={found} />}
    </section>
  );
}

function Accuracies({ tags }: { readonly tags: readonly string[] }) {
  const known = tags.map((tag) => runs.value?.find((run) => run.tag === tag)?.accuracy ?? null);
  if (known.every((accuracy) => accuracy === null)) return null;
  const text = tags.map((tag, at) => {
    const accuracy = known[at];
    if (accuracy === null) return `${tag} has no labels`;
    const apart = accuracy.test === null ? '' : ` (images kept apart ${percent(accuracy.test)})`;
    return `${tag} ${percent(accuracy.train)}${apart}`;
  });
  return <p>Accuracy: {text.join('; ')}.</p>;
}

function Compared({ found }: { readonly found: Comparison }) {
  const { shared, kinds, otherKinds, counts, changed, changedCount, tag, other } = found;
  if (shared === 0) return <p>They have no image in common.</p>;
  const nameOf = (all: Comparison['kinds'], kind: number) =>
    all.find((each) => each.kind === kind)?.name ?? 'no kind';
  return (
    <>
      <p>
        {counted(shared)} images are in both. {counted(changedCount)} of them (
        {percent(changedCount / shared)}) went another way than most of their kind.
      </p>
      <section class="scroll" aria-label="Images by their kind in both runs">
        <table class="confusion">
          <caption>
            Rows: kinds of {tag}. Columns: kinds of {other}.
          </caption>
          <thead>
            <tr>
              <th scope="col">{tag}</th>
              {otherKinds.map(({ kind, name }) => (
                <th key={kind} scope="col" class="number">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {kinds.map(({ kind, name }, row) => (
              <tr key={kind}>
                <th scope="row">{name}</th>
                {counts[row].map((count, column) => (
                  <td
                    key={otherKinds[column].kind}
                    class={count > 0 && count === Math.max(...counts[row]) ? 'number most' : 'number'}
                  >
                    {count === 0 ? '·' : counted(count)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {changed.length > 0 && (
        <>
          <h3>Images that changed</h3>
          <ul class="changed">
            {changed.slice(0, SHOWN).map(({ image, kind, otherKind }) => (
              <li key={image}>
                <Picture tag={tag} image={image} alt={`image ${image}`} loading="lazy" decoding="async" />
                <span>
                  {nameOf(kinds, kind)} → {nameOf(otherKinds, otherKind)}
                </span>
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}
