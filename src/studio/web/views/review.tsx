// Review: one question at a time, one key an answer.
import { useEffect, useState } from 'preact/hooks';
import { NO_KIND } from '../../../core/groups.js';
import type { QuestionView } from '../../server/messages.js';
import { type Key, KeyButton, useKeys } from '../keys.js';
import { Hint, Swatch } from '../parts/elements.js';
import { Picture, Strip } from '../parts/images.js';
import { type ChosenKind, KindChooser } from '../parts/kind-chooser.js';
import { Meter } from '../parts/meter.js';
import { QuestionWall } from '../parts/question-wall.js';
import { answer, leftOut, openQueue, questions, takeBack } from '../review-queue.js';
import { go, place } from '../route.js';
import { detail, review } from '../store.js';
import { counted, percent } from '../words.js';

/** Candidates with a key of their own. */
const CANDIDATES = 3;
const TYPICAL = 8;
/** A smaller one is not worth a figure: the kind was asked about for its looks. */
const LEAST_SHARE = 0.001;

const TAKE_BACK: Key = { key: 'Ctrl+z', does: 'take the last answer back', run: () => void takeBack() };

export function ReviewQueueView() {
  const [run, state, waiting] = [detail.value, review.value, questions.value];
  const { tag } = place.value;
  useEffect(() => {
    if (tag !== null) void openQueue(tag);
  }, [tag]);
  return (
    <>
      <h1>Review</h1>
      <Hint view="review">
        Each question is answered by one key, and those come first whose answers teach most. Click what does
        not belong: it is left out, and asked about by itself. Not sure? Space passes on. Ctrl+Z takes an
        answer back.
      </Hint>
      {run === null || state === null || waiting === null ? (
        <p class="quiet">
          {tag === null ? 'Choose a run first.' : 'Looking for the questions worth asking …'}
        </p>
      ) : (
        <div class="review">
          {waiting.length > 0 ? <Question tag={run.tag} question={waiting[0]} /> : <NothingLeft />}
          <Meter state={state} count={run.count} />
        </div>
      )}
    </>
  );
}

function NothingLeft() {
  const apply = { key: 'Enter', does: 'go to Apply', run: () => go({ view: 'apply' }) };
  useKeys('Review', [apply, TAKE_BACK]);
  return (
    <section class="question card">
      <h2>Nothing is left that is worth asking</h2>
      <p>What you said can be taught to the run now: it learns from it for all the other images.</p>
      <KeyButton of={apply} class="primary">
        Go to Apply
      </KeyButton>
    </section>
  );
}

function Question({ tag, question }: { readonly tag: string; readonly question: QuestionView }) {
  const [asking, setAsking] = useState<'any' | 'new' | null>(null);
  const candidates = candidatesOf(question);
  const say = (is: ChosenKind | null) => void answer(is);
  const isOne = question.shown.length === 1;
  const count = question.shown.length - leftOut.value.size;
  const ask = (what: 'any' | 'new') => {
    if (count > 0) setAsking(what);
  };
  const another = { key: 'o', does: 'another kind', run: () => ask('any') };
  const made = { key: '+', does: 'a new kind', run: () => ask('new') };
  const junk = { key: 'j', does: 'no kind: junk', run: () => say({ kind: NO_KIND }) };
  const passOn = { key: ' ', does: 'mixed, or cannot say', run: () => say(null) };
  useKeys('Review', [
    ...candidates.map(({ view }, at) => ({
      key: `${at + 1}`,
      does: `candidate ${at + 1}`,
      run: () => say({ kind: view.kind }),
    })),
    another,
    made,
    junk,
    { ...passOn, key: 'u' },
    passOn,
    TAKE_BACK,
  ]);
  return (
    <section class="question card" aria-label="Question">
      <div class="question-what" key={question.id}>
        <h2 aria-live="polite">{titleOf(count, leftOut.value.size)}</h2>
        <p class="question-why">
          <span class={`tag-${question.about}`}>{ABOUT[question.about]}</span>{' '}
          <span class="quiet">{question.reason}</span>
        </p>
        {isOne ? (
          <Picture
            tag={tag}
            image={question.shown[0]}
            class="picture question-one"
            alt={`Number ${question.shown[0]} of the dataset`}
          />
        ) : (
          <QuestionWall tag={tag} images={question.shown} />
        )}
      </div>
      <div class="answers">
        {candidates.map(({ view, share }, at) => (
          <button
            key={view.kind}
            type="button"
            class="answer"
            disabled={count === 0}
            onClick={() => say({ kind: view.kind })}
          >
            <kbd>{at + 1}</kbd>
            <span class="answer-name">
              <Swatch kind={view.kind} /> {view.name}
            </span>
            <span class="quiet answer-share">{share >= LEAST_SHARE && percent(share)}</span>
            <Strip
              tag={tag}
              images={view.prototypes.slice(0, TYPICAL)}
              label={`typical images of ${view.name}`}
            />
          </button>
        ))}
        <div class="answers-other">
          <KeyButton of={another} disabled={count === 0}>
            Another kind
          </KeyButton>
          <KeyButton of={made} disabled={count === 0}>
            New kind
          </KeyButton>
          <KeyButton of={junk} disabled={count === 0}>
            Junk
          </KeyButton>
          <KeyButton of={passOn}>{isOne ? 'Cannot say' : 'Mixed'}</KeyButton>
          <KeyButton of={TAKE_BACK} class="plain">
            Take back
          </KeyButton>
        </div>
      </div>
      {asking !== null && (
        <KindChooser
          tag={tag}
          title={asking === 'new' ? 'What is the new kind called?' : 'Which kind?'}
          among={asking}
          onChoose={say}
          onClose={() => setAsking(null)}
        />
      )}
    </section>
  );
}

function titleOf(count: number, without: number): string {
  if (count === 0) return 'All are left out: put one back, or pass on';
  const what = count === 1 ? 'is this' : `are these ${counted(count)}`;
  return `Which kind ${what}?${without === 0 ? '' : ` (${counted(without)} left out)`}`;
}

const ABOUT: Readonly<Record<QuestionView['about'], string>> = {
  group: 'A group',
  image: 'One image',
  audit: 'Drawn at random',
};

/** The candidates that are there; another tab may have merged one since it was asked. */
function candidatesOf({ candidates }: QuestionView) {
  const kinds = review.value?.kinds ?? [];
  return candidates
    .flatMap(({ kind, share }) => {
      const view = kinds.find((each) => each.kind === kind);
      return view === undefined ? [] : [{ view, share }];
    })
    .slice(0, CANDIDATES);
}
