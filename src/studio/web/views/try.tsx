// Try: draw something or show a picture, and the run's own classifier says in the page which kind it is.
import { Hint } from '../parts/hint.js';
import { place } from '../route.js';
import { detail, review } from '../store.js';
import { TryPad } from './try-pad.js';

export function TryView() {
  const [run, state] = [detail.value, review.value];
  return (
    <>
      <h1>Try</h1>
      <Hint view="try">
        Draw on the pad, or drop a picture on it: the run says which kind it is and shows the nearest images
        of the dataset. The arrow keys and Space draw too. Nothing leaves this machine.
      </Hint>
      {run === null || state === null ? (
        <p class="quiet">{place.value.tag === null ? 'Choose a run first.' : 'Opening the run …'}</p>
      ) : run.takesImages ? (
        <TryPad key={run.tag} run={run} />
      ) : (
        <p>
          The classifier of this run does not take images but vectors that were made elsewhere (--features or
          --encoder), so nothing can be tried here: kindred predict answers for files.
        </p>
      )}
    </>
  );
}
