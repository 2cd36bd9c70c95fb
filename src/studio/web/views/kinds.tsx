// Kinds: a card for each, or one of them opened, with all its images.
import { Hint } from '../parts/elements.js';
import { place } from '../route.js';
import { detail, review } from '../store.js';
import { KindCards } from './kind-cards.js';
import { KindPage } from './kind-page.js';

export function KindsView() {
  const [run, state] = [detail.value, review.value];
  if (run === null || state === null) {
    return (
      <>
        <h1>Kinds</h1>
        <p class="quiet">{place.value.tag === null ? 'Choose a run first.' : 'Opening the run …'}</p>
      </>
    );
  }
  const opened = state.kinds.find(({ kind }) => `${kind}` === place.value.chosen.kind);
  if (opened !== undefined) return <KindPage key={opened.kind} tag={run.tag} view={opened} />;
  return (
    <>
      <h1>Kinds</h1>
      <Hint view="kinds">
        Each card is one kind: its most typical images, and those it is least sure of. Press n to name a kind,
        Enter to see all its images, ? for every key.
      </Hint>
      <KindCards tag={run.tag} />
    </>
  );
}
