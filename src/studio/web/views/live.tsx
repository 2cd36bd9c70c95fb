// The view Live: a training, stage by stage, with what it has learnt so far.
import { useEffect } from 'preact/hooks';
import type { JobView, StageView } from '../../server/messages.js';
import { postJson } from '../api.js';
import { type Key, KeyButton, useKeys } from '../keys.js';
import { Hint } from '../parts/elements.js';
import { LossCurves } from '../parts/loss-curves.js';
import { SettlingMap } from '../parts/settling-map.js';
import { go, place } from '../route.js';
import { attempt, jobs, takeJob } from '../store.js';
import { counted } from '../words.js';

const STATES: Readonly<Record<JobView['state'], string>> = {
  running: 'under way',
  stopping: 'stopping; what is done is being kept',
  stopped: 'stopped',
  failed: 'failed',
  finished: 'finished',
};

export function LiveView() {
  const { tag } = place.value;
  const job = tag === null ? jobs.value.at(-1) : jobs.value.find((each) => each.tag === tag);
  const act = (what: 'stop' | 'resume') => {
    if (job === undefined) return;
    void attempt(async () =>
      takeJob(await postJson<JobView>(`/jobs/${encodeURIComponent(job.tag)}/${what}`)),
    );
  };
  useEffect(() => {
    if (tag === null && job !== undefined) go({ view: 'live', tag: job.tag });
  }, [tag, job?.tag]);
  const keys = {
    stop: { key: 's', does: 'stop; what is done is kept', run: () => act('stop') },
    goOn: { key: 'r', does: 'go on', run: () => act('resume') },
    compare: {
      key: 'c',
      does: 'compare with the run that it learns from',
      run: () => {
        if (job?.state !== 'finished' || job.refines === null) return;
        go({ view: 'runs', tag: null, chosen: { a: job.refines, b: job.tag } });
      },
    },
  };
  useKeys('Live', Object.values(keys));
  return (
    <>
      <h1>Live</h1>
      <Hint view="live">
        A training shows here what it does and how long it will take. You may stop it at any time and go on
        later.
      </Hint>
      {job === undefined ? (
        <p>
          {tag === null ? 'Nothing is being trained.' : `${tag} is not being trained.`}{' '}
          <button type="button" onClick={() => go({ view: 'runs', tag: null })}>
            Begin a run
          </button>
        </p>
      ) : (
        <Training job={job} keys={keys} />
      )}
    </>
  );
}

interface TrainingProps {
  readonly job: JobView;
  readonly keys: Readonly<Record<'stop' | 'goOn' | 'compare', Key>>;
}

function Training({ job, keys }: TrainingProps) {
  const { tag, state, stages, secondsLeft, curves, notices, hasFirstResult, reconstructions, refines } = job;
  const isWhole = state === 'finished' || hasFirstResult;
  return (
    <>
      <p class="live-state">
        <strong>{tag}</strong>
        {refines !== null && <>, which learns from your edits of {refines},</>} is {STATES[state]}
        {state === 'running' && secondsLeft !== null && `; about ${duration(secondsLeft)} left`}.
      </p>
      <p class="live-tools">
        <KeyButton of={keys.stop} disabled={state !== 'running'}>
          Stop
        </KeyButton>
        <KeyButton of={keys.goOn} disabled={state !== 'stopped' && state !== 'failed'}>
          Go on
        </KeyButton>
        <button
          type="button"
          class={state === 'finished' ? 'primary' : ''}
          disabled={!isWhole}
          onClick={() => go({ view: 'kinds', tag })}
        >
          {state === 'finished' ? 'Look at its kinds' : 'Look at its first result'}
        </button>
        {refines !== null && (
          <KeyButton of={keys.compare} disabled={state !== 'finished'}>
            Compare with {refines}
          </KeyButton>
        )}
      </p>
      <div class="live-parts">
        <div class="live-column">
          <section class="card" aria-label="Stages">
            <h2>Stages</h2>
            <ol class="stages">
              {stages.map((stage, at) => (
                <Stage
                  key={stage.stage}
                  stage={stage}
                  isLast={at === stages.length - 1 && state === 'running'}
                />
              ))}
            </ol>
          </section>
          {reconstructions > 0 && (
            <section class="card" aria-label="Reconstructions">
              <h2>Inputs, and what the auto-encoder makes of them</h2>
              <img
                class="reconstructions"
                src={`/api/jobs/${encodeURIComponent(tag)}/reconstructions.png?${reconstructions}`}
                alt="Above a few images, below their reconstructions"
              />
            </section>
          )}
        </div>
        <div class="live-column">
          <section class="card" aria-label="Loss">
            <h2>Loss</h2>
            {curves.length === 0 ? (
              <p class="quiet">Nothing has been trained yet.</p>
            ) : (
              <LossCurves curves={curves} />
            )}
          </section>
          {isWhole && (
            <section class="card" aria-label="Map">
              <h2>Map</h2>
              <SettlingMap tag={tag} isFinished={state === 'finished'} />
            </section>
          )}
        </div>
      </div>
      {notices.length > 0 && (
        <section aria-label="Notices">
          <h2>Notices</h2>
          <ul class="quiet">
            {notices.map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}

function Stage({ stage, isLast }: { readonly stage: StageView; readonly isLast: boolean }) {
  const { done, total, unit, detail, seconds } = stage;
  const isMeasured = isLast && seconds > 0.5 && done > 0;
  const rate = isMeasured && done > seconds ? `, ${counted(Math.round(done / seconds))} a second` : '';
  const left =
    isMeasured && total !== null ? `, about ${duration(((total - done) * seconds) / done)} left` : '';
  return (
    <li>
      <span class="stage-name">{stage.stage}</span>
      <progress value={total === null ? undefined : done} max={total ?? undefined} aria-label={stage.stage} />
      <span class="quiet">
        {counted(done)}
        {total === null ? '' : ` of ${counted(total)}`} {unit}
        {rate}, {duration(seconds)}
        {left}
        {detail === null ? '' : `; ${detail}`}
      </span>
    </li>
  );
}

function duration(seconds: number): string {
  if (seconds < 90) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}
