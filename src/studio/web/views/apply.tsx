// The view Apply: what has been corrected so far, and the ways to hand the result on.
import { useState } from 'preact/hooks';
import type { ExportFormat } from '../../../export/formats.js';
import type { ExportDone } from '../../server/messages.js';
import { postJson, runPath } from '../api.js';
import { useKeys } from '../keys.js';
import { Hint } from '../parts/hint.js';
import { place } from '../route.js';
import { review } from '../store.js';
import { counted } from '../words.js';

/** Every format in words. */
const FORMATS: Readonly<Record<ExportFormat, { readonly title: string; readonly text: string }>> = {
  folders: { title: 'Folders', text: 'a folder a kind, with the pictures in it' },
  csv: { title: 'CSV', text: 'a table: id, cluster, name, confidence' },
  parquet: { title: 'Parquet', text: 'the same table for pandas, DuckDB and the like' },
  onnx: { title: 'ONNX', text: 'the classifier with a model card and programs to run it' },
  coco: { title: 'COCO', text: 'JSON with the kinds as categories' },
  labelstudio: { title: 'Label Studio', text: 'tasks with the kinds as predictions' },
  html: { title: 'Page', text: 'one file with the pictures of every kind' },
};
const NAMES = Object.keys(FORMATS) as ExportFormat[];

export function ApplyView() {
  const { tag } = place.value;
  const state = review.value;
  if (tag === null) return <p>Choose a run first.</p>;
  if (state === null) return <p class="quiet">Opening {tag} …</p>;
  const { history, kinds, told, outside } = state;
  return (
    <>
      <h1>Apply</h1>
      <Hint view="apply">
        Your names and corrections are kept beside the run. Every export below heeds them; the run’s own
        result stays as it was.
      </Hint>
      <Exports tag={tag} />
      <section aria-label="Corrections">
        <h2>What was corrected</h2>
        <p>
          {counted(kinds.length)} kinds now, {counted(kinds.filter(({ isNamed }) => isNamed).length)} named by
          hand; {counted(told)} images were placed by hand, {counted(outside)} belong to no kind.
        </p>
        {history.length === 0 ? (
          <p class="quiet">Nothing yet.</p>
        ) : (
          <ol class="history" reversed>
            {history.map(({ edit, at, text, isUndone }) => (
              <li key={edit}>
                {isUndone ? <del>{text}</del> : text}{' '}
                <time class="quiet" dateTime={at}>
                  {new Date(at).toLocaleString()}
                </time>
                {isUndone && <span class="quiet"> (undone)</span>}
              </li>
            ))}
          </ol>
        )}
      </section>
    </>
  );
}

type Outcome =
  | { readonly state: 'busy' }
  | { readonly state: 'done'; readonly done: ExportDone }
  | { readonly state: 'refused'; readonly sentence: string };

function Exports({ tag }: { readonly tag: string }) {
  const [outcomes, setOutcomes] = useState<Readonly<Partial<Record<ExportFormat, Outcome>>>>({});
  const [link, setLink] = useState('copy');
  const [overwrite, setOverwrite] = useState(false);
  const note = (to: ExportFormat, outcome: Outcome) => setOutcomes((all) => ({ ...all, [to]: outcome }));
  const start = async (to: ExportFormat) => {
    note(to, { state: 'busy' });
    try {
      const wish = { to, overwrite, link: to === 'folders' ? link : 'copy' };
      note(to, { state: 'done', done: await postJson<ExportDone>(runPath(tag, 'exports'), wish) });
    } catch (error) {
      note(to, { state: 'refused', sentence: error instanceof Error ? error.message : String(error) });
    }
  };
  useKeys(
    'Export',
    NAMES.map((to) => ({
      key: to[0],
      does: `export as ${FORMATS[to].title}`,
      run: () => void start(to),
    })).filter(({ key }, at, all) => all.findIndex((other) => other.key === key) === at),
  );
  return (
    <section aria-label="Export">
      <h2>Export</h2>
      <p class="export-choices">
        <label>
          Pictures in folders{' '}
          <select value={link} onChange={(event) => setLink(event.currentTarget.value)}>
            <option value="copy">are copies</option>
            <option value="hard">are hard links</option>
            <option value="symbolic">are symbolic links</option>
          </select>
        </label>
        <label>
          <input
            type="checkbox"
            checked={overwrite}
            onChange={(event) => setOverwrite(event.currentTarget.checked)}
          />{' '}
          replace what is there already
        </label>
      </p>
      <ul class="exports">
        {NAMES.map((to) => (
          <li key={to} class="card">
            <button type="button" disabled={outcomes[to]?.state === 'busy'} onClick={() => void start(to)}>
              {FORMATS[to].title}
            </button>
            <p>{FORMATS[to].text}</p>
            <code>
              kindred export runs/{tag} --to {to}
            </code>
            <OutcomeLine outcome={outcomes[to]} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function OutcomeLine({ outcome }: { readonly outcome: Outcome | undefined }) {
  return (
    <p class="outcome" role="status">
      {outcome?.state === 'busy' && 'Writing …'}
      {outcome?.state === 'refused' && <span class="wrong-text">{outcome.sentence}</span>}
      {outcome?.state === 'done' && (
        <>
          {counted(outcome.done.images)} images, {counted(outcome.done.kinds)} kinds in{' '}
          <code>{outcome.done.path}</code>
        </>
      )}
    </p>
  );
}
