// Review: one question at a time, one key an answer.
import { useEffect, useState } from 'preact/hooks';
import type { KindView, QuestionView } from '../../server/messages.js';
import { imageAddress } from '../api.js';
import { useKeys } from '../keys.js';
import { colourOfKind, cssColour } from '../palette.js';
import { Hint } from '../parts/hint.js';
import { Strip } from '../parts/images.js';
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
  useKeys('Review', [
    { key: 'Enter', does: 'go to Apply', run: () => go({ view: 'apply' }) },
    { key: 'Ctrl+z', does: 'take the last answer back', run: () => void takeBack() },
  ]);
  return (
    <section class="question card">
      <h2>Nothing is left that is worth asking</h2>
      <p>What you said can be taught to the run now: it learns from it for all the other images.</p>
      <button type="button" class="primary" onClick={() => go({ view: 'apply' })}>
        Go to Apply <kbd>Enter</kbd>
      </button>
    </section>
  );
}

function Question({ tag, question }: { readonly tag: string; readonly question: QuestionView }) {
  const [asking, setAsking] = useState<'other' | 'new' | null>(null);
  const candidates = candidatesOf(question);
  const say = (is: ChosenKind | null) => void answer(is);
  const isOne = question.shown.length === 1;
  const count = question.shown.length - leftOut.value.size;
  const ask = (what: 'other' | 'new') => {
    if (count > 0) setAsking(what);
  };
  useKeys('Review', [
    ...candidates.map(({ view }, at) => ({
      key: `${at + 1}`,
      does: `candidate ${at + 1}`,
      run: () => say({ kind: view.kind }),
    })),
    { key: 'o', does: 'another kind', run: () => ask('other') },
    { key: '+', does: 'a new kind', run: () => ask('new') },
    { key: 'j', does: 'no kind: junk', run: () => say({ kind: -1 }) },
    { key: 'u', does: 'mixed, or cannot say', run: () => say(null) },
    { key: ' ', does: 'mixed, or cannot say', run: () => say(null) },
    { key: 'Ctrl+z', does: 'take the last answer back', run: () => void takeBack() },
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
          <img
            class="picture question-one"
            src={imageAddress(tag, question.shown[0])}
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
              <span class="swatch" style={{ background: cssColour(colourOfKind(view.kind)) }} /> {view.name}
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
          <button type="button" disabled={count === 0} onClick={() => ask('other')}>
            Another kind <kbd>o</kbd>
          </button>
          <button type="button" disabled={count === 0} onClick={() => ask('new')}>
            New kind <kbd>+</kbd>
          </button>
          <button type="button" disabled={count === 0} onClick={() => say({ kind: -1 })}>
            Junk <kbd>j</kbd>
          </button>
          <button type="button" onClick={() => say(null)}>
            {isOne ? 'Cannot say' : 'Mixed'} <kbd>Space</kbd>
          </button>
          <button type="button" class="plain" onClick={() => void takeBack()}>
            Take back <kbd>Ctrl+Z</kbd>
          </button>
        </div>
      </div>
      {asking !== null && (
        <KindChooser
          tag={tag}
          title={asking === 'new' ? 'What is the new kind called?' : 'Which kind?'}
          isOnlyNew={asking === 'new'}
          mayBeNew
          mayBeNone={asking === 'other'}
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

interface Candidate {
  readonly view: KindView;
  readonly share: number;
}

/** The candidates that are there; another tab may have merged one since it was asked. */
function candidatesOf({ candidates }: QuestionView): Candidate[] {
  const kinds = review.value?.kinds ?? [];
  return candidates
    .flatMap(({ kind, share }) => {
      const view = kinds.find((each) => each.kind === kind);
      return view === undefined ? [] : [{ view, share }];
    })
    .slice(0, CANDIDATES);
}
