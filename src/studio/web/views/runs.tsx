// The view Runs: everything that has been run, two of them beside each other, and the beginning of a new one.
import { useRef } from 'preact/hooks';
import type { RunSummary } from '../../server/messages.js';
import { postJson } from '../api.js';
import { useKeys } from '../keys.js';
import { Hint, Link } from '../parts/elements.js';
import { Strip } from '../parts/images.js';
import { NewRun } from '../parts/new-run.js';
import { RunComparison } from '../parts/run-comparison.js';
import { choose, go, place } from '../route.js';
import { attempt, loadRuns, runs } from '../store.js';
import { counted, moment, percent } from '../words.js';

export function RunsView() {
  const { chosen } = place.value;
  const pair = [chosen.a, chosen.b].filter((tag) => tag !== undefined);
  const form = useRef<HTMLDetailsElement>(null);
  useKeys('Runs', [
    {
      key: 'n',
      does: 'begin a new run',
      run: () => {
        if (form.current === null) return;
        form.current.open = true;
        form.current.querySelector('input')?.focus();
      },
    },
    { key: 'c', does: 'compare no runs any more', run: () => choose({ a: null, b: null }) },
  ]);
  return (
    <>
      <h1>Runs</h1>
      <Hint view="runs">
        A run is a dataset of images and the kinds that were found in it. Open one to look at its kinds, or
        tick two to see where they differ.
      </Hint>
      <details ref={form} class="card new-run">
        <summary>
          New run <kbd>n</kbd>
        </summary>
        <NewRun />
      </details>
      <RunList pair={pair} />
      {pair.length === 2 && <RunComparison tag={pair[0]} other={pair[1]} />}
    </>
  );
}

function RunList({ pair }: { readonly pair: readonly string[] }) {
  const known = runs.value;
  if (known === null) return <p class="quiet">Reading the runs …</p>;
  if (known.length === 0) return <p>There are no runs yet: begin one above.</p>;
  return (
    <ul class="runs">
      {known.map((run) => (
        <li key={run.tag} class="card">
          <RunCard run={run} pair={pair} />
        </li>
      ))}
    </ul>
  );
}

function RunCard({ run, pair }: { readonly run: RunSummary; readonly pair: readonly string[] }) {
  const { tag, state, problem, strip } = run;
  return (
    <>
      <header>
        <h2>{state === 'finished' ? <Link to={{ view: 'kinds', tag, chosen: {} }}>{tag}</Link> : tag}</h2>
        {state === 'finished' && <CompareBox tag={tag} pair={pair} />}
        {state === 'running' && (
          <button type="button" onClick={() => go({ view: 'live', tag })}>
            Watch
          </button>
        )}
        {state === 'unfinished' && (
          <button type="button" onClick={() => void resume(tag)}>
            Go on with it
          </button>
        )}
      </header>
      {problem !== null && <p class="wrong-text">{problem}</p>}
      {state !== 'broken' && <Facts run={run} />}
      {strip.length > 0 && <Strip tag={tag} images={strip} label={`kinds of ${tag}, one image each`} />}
    </>
  );
}

function Facts({ run }: { readonly run: RunSummary }) {
  const { state, method, source, images, k, startedAt, seconds, accuracy, refines, comparedBy } = run;
  const apart = accuracy?.test == null ? '' : `, ${percent(accuracy.test)} of images kept apart`;
  const facts = [
    accuracy !== null && `${percent(accuracy.train)} right${apart}`,
    method,
    source,
    counted(images, 'image'),
    state === 'finished' && `${counted(k, 'kind')} in ${seconds.toFixed(0)} s`,
    comparedBy !== null && `compared by ${comparedBy}`,
    refines !== null && `learnt from the edits of ${refines}`,
    state === 'unfinished' && 'interrupted',
    state === 'running' && 'under way',
    startedAt !== null && moment(startedAt),
  ];
  return <p class="facts">{facts.filter((fact) => typeof fact === 'string').join(' · ')}</p>;
}

/** Two may be ticked: a third takes the place of the first. */
function CompareBox({ tag, pair }: { readonly tag: string; readonly pair: readonly string[] }) {
  const toggle = () => {
    const [a, b] = pair.includes(tag) ? pair.filter((each) => each !== tag) : [...pair, tag].slice(-2);
    choose({ a: a ?? null, b: b ?? null });
  };
  return (
    <label class="compare-box">
      <input type="checkbox" checked={pair.includes(tag)} onChange={toggle} /> compare
    </label>
  );
}

function resume(tag: string): Promise<void> {
  return attempt(async () => {
    await postJson(`/jobs/${encodeURIComponent(tag)}/resume`);
    await loadRuns();
    go({ view: 'live', tag });
  });
}
