// The view Apply: what has been corrected so far, and the ways to hand the result on.
import type { ComponentChildren } from 'preact';
import { useRef, useState } from 'preact/hooks';
import type { ExportFormat, LinkChoice } from '../../../export/choices.js';
import type { ExportDone, RefineForm } from '../../server/messages.js';
import { postJson, runPath, sentenceOf } from '../api.js';
import { useKeys } from '../keys.js';
import { Hint, Select } from '../parts/elements.js';
import { Field, QUALITIES, useBeginning } from '../parts/new-run.js';
import { place } from '../route.js';
import { detail, review } from '../store.js';
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
const LINKS: Readonly<Record<LinkChoice, string>> = {
  copy: 'are copies',
  hard: 'are hard links',
  symbolic: 'are symbolic links',
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
        Your names and corrections are kept beside the run. A new run can learn from them, and every export
        heeds them; the run’s own result stays as it was.
      </Hint>
      <Teach tag={tag} edits={history.filter(({ isUndone }) => !isUndone).length} />
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

/** The form that begins a run which learns from what was said of this one. */
function Teach({ tag, edits }: { readonly tag: string; readonly edits: number }) {
  const { refusal, isBusy, begin } = useBeginning();
  const [quality, setQuality] = useState<RefineForm['quality'] | null>(null);
  const form = useRef<HTMLFormElement>(null);
  const asBefore = detail.value?.card.options.kin?.quality ?? 'default';
  const teach = () => {
    if (form.current === null || edits === 0 || isBusy) return;
    const name = String(new FormData(form.current).get('tag') ?? '').trim();
    void begin(runPath(tag, 'refine'), { quality: quality ?? asBefore, tag: name === '' ? null : name });
  };
  useKeys('Learn', [{ key: 'r', does: 'train a run that learns from your edits', run: teach }]);
  return (
    <section class="card teach" aria-label="Learn from the edits">
      <h2>Learn from it</h2>
      <p>
        What you said of some images is spread to those that resemble them, and the classifier is trained
        anew. The new run stands beside this one.
      </p>
      <form
        ref={form}
        onSubmit={(event) => {
          event.preventDefault();
          teach();
        }}
      >
        <Select
          label="Quality"
          name="quality"
          options={QUALITIES}
          value={quality ?? asBefore}
          onChoose={setQuality}
        />
        <Field label="Name" name="tag" placeholder="kin-1, or the next free" />
        <button type="submit" class="primary" disabled={edits === 0 || isBusy}>
          Train the new run <kbd>r</kbd>
        </button>
      </form>
      {edits === 0 && <p class="quiet">There are no edits yet: name, merge, move or review first.</p>}
      {refusal !== null && (
        <p class="wrong-text" role="alert">
          {refusal}
        </p>
      )}
    </section>
  );
}

const WRITING = 'Writing …';

function Exports({ tag }: { readonly tag: string }) {
  const [outcomes, setOutcomes] = useState<Readonly<Partial<Record<ExportFormat, ComponentChildren>>>>({});
  const [link, setLink] = useState<LinkChoice>('copy');
  const [overwrite, setOverwrite] = useState(false);
  const note = (to: ExportFormat, said: ComponentChildren) => setOutcomes((all) => ({ ...all, [to]: said }));
  const start = async (to: ExportFormat) => {
    note(to, WRITING);
    try {
      const form = { to, overwrite, link: to === 'folders' ? link : 'copy' };
      const { images, kinds, path } = await postJson<ExportDone>(runPath(tag, 'exports'), form);
      const what = `${counted(images)} images, ${counted(kinds)} kinds in `;
      note(to, [what, <code key="path">{path}</code>]);
    } catch (error) {
      note(to, <span class="wrong-text">{sentenceOf(error)}</span>);
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
        <Select label="Pictures in folders " options={LINKS} value={link} onChoose={setLink} />
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
            <button type="button" disabled={outcomes[to] === WRITING} onClick={() => void start(to)}>
              {FORMATS[to].title}
            </button>
            <p>{FORMATS[to].text}</p>
            <code>
              kindred export runs/{tag} --to {to}
            </code>
            <p class="outcome" role="status">
              {outcomes[to]}
            </p>
          </li>
        ))}
      </ul>
    </section>
  );
}
