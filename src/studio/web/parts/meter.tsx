// How far a review is: what was answered, what that told, and how good the kinds are by it.
import type { AccuracyEstimate } from '../../../review/state.js';
import type { ReviewView } from '../../server/messages.js';
import { counted, percent } from '../words.js';
import { Fact } from './elements.js';

/** The scale of the interval begins here: kinds that are wrong more often are beyond a review. */
const LOWEST = 0.5;
/** An estimate whose interval is wider says too little to be shown as a figure. */
const WIDEST = 0.1;

export function Meter({ state, count }: { readonly state: ReviewView; readonly count: number }) {
  return (
    <section class="meter card" aria-label="How far the review is" aria-live="polite">
      <dl>
        <Fact name="answers">{counted(state.answers)}</Fact>
        <Fact name="kinds named">
          {state.kinds.filter(({ isNamed }) => isNamed).length}{' '}
          <span class="quiet">of {state.kinds.length}</span>
        </Fact>
        <Fact name="images told">
          {counted(state.told)} <span class="quiet">of {counted(count)}</span>
        </Fact>
        <Fact name="accuracy now">
          {state.accuracy === null ? (
            <span class="quiet">not yet known</span>
          ) : (
            <Accuracy accuracy={state.accuracy} />
          )}
        </Fact>
      </dl>
      <Interval accuracy={state.accuracy} />
      <p class="quiet meter-note">
        {state.accuracy === null
          ? 'Some questions are about images drawn at random: from the answers to them the accuracy is estimated.'
          : `With 95 % certainty, from ${counted(state.accuracy.audited, 'image')} drawn at random.`}
      </p>
    </section>
  );
}

/** The estimate where it is one; with few images drawn, no more than what they leave open. */
function Accuracy({ accuracy }: { readonly accuracy: AccuracyEstimate }) {
  const { estimate, low, high } = accuracy;
  if (!isNarrow(accuracy)) {
    return (
      <>
        between {Math.floor(100 * low)} % and {Math.ceil(100 * high)} %
      </>
    );
  }
  return (
    <>
      {percent(estimate)}{' '}
      <span class="quiet">
        {percent(low)} to {percent(high)}
      </span>
    </>
  );
}

/** Where every image drawn was right, the share of right ones is known from below only. */
function isNarrow({ estimate, low, high }: AccuracyEstimate): boolean {
  return high - low <= WIDEST && estimate < high;
}

/** The interval on a line from 50 to 100 %. */
function Interval({ accuracy }: { readonly accuracy: AccuracyEstimate | null }) {
  const place = (share: number) => (100 * Math.max(0, share - LOWEST)) / (1 - LOWEST);
  return (
    <div class="interval" aria-hidden="true">
      {accuracy !== null && (
        <>
          <span
            class="interval-range"
            style={{
              left: `${place(accuracy.low)}%`,
              width: `${place(accuracy.high) - place(accuracy.low)}%`,
            }}
          />
          {isNarrow(accuracy) && (
            <span class="interval-estimate" style={{ left: `${place(accuracy.estimate)}%` }} />
          )}
        </>
      )}
      <span class="interval-end">50 %</span>
      <span class="interval-end">100 %</span>
    </div>
  );
}
