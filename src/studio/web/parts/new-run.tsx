// The form that begins a run.
import { useState } from 'preact/hooks';
import type { JobView, JobWish } from '../../server/messages.js';
import { postJson } from '../api.js';
import { go } from '../route.js';
import { loadRuns } from '../store.js';

export function NewRun() {
  const [method, setMethod] = useState<JobWish['method']>('kin');
  const [refusal, setRefusal] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const begin = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    setBusy(true);
    try {
      const { tag } = await postJson<JobView>('/jobs', wishOf(form));
      void loadRuns();
      go({ view: 'live', tag });
    } catch (error) {
      setRefusal(error instanceof Error ? error.message : String(error));
    }
    setBusy(false);
  };
  return (
    <form onSubmit={(event) => void begin(event)}>
      <label class="wide">
        Images
        <input name="sources" placeholder="the bundled MNIST" aria-describedby="sources-help" />
      </label>
      <p id="sources-help" class="quiet wide">
        Folders or files of this machine, several separated by commas; nothing for the bundled MNIST.
      </p>
      <label>
        Method
        <select
          name="method"
          value={method}
          onChange={(event) => setMethod(event.currentTarget.value as JobWish['method'])}
        >
          <option value="kin">kin</option>
          <option value="autoencoder">auto-encoder and K-means</option>
          <option value="kmeans">K-means on pixels</option>
        </select>
      </label>
      <label>
        Kinds
        <input
          name="kinds"
          inputMode="numeric"
          pattern="[0-9]*"
          placeholder={method === 'kin' ? 'the images decide' : '10'}
        />
      </label>
      {method === 'kin' && (
        <label>
          Quality
          <select name="quality">
            <option value="default">default: networks settle doubtful images</option>
            <option value="fast">fast: the graph alone</option>
            <option value="best">best: wide networks</option>
          </select>
        </label>
      )}
      {method === 'autoencoder' && (
        <>
          <label>
            Training steps
            <input name="steps" inputMode="numeric" pattern="[0-9]*" placeholder="2000" />
          </label>
          <label class="tick">
            <input type="checkbox" name="convolution" /> convolutions
          </label>
        </>
      )}
      <label>
        Seed
        <input name="seed" inputMode="numeric" pattern="[0-9]*" placeholder="0" />
      </label>
      <label>
        Name
        <input name="tag" placeholder={`${method}-1, or the next free`} />
      </label>
      <p class="wide">
        <button type="submit" class="primary" disabled={isBusy}>
          Begin
        </button>
        {refusal !== null && (
          <span class="wrong-text" role="alert">
            {refusal}
          </span>
        )}
      </p>
    </form>
  );
}

function wishOf(form: FormData): JobWish {
  const text = (name: string) => String(form.get(name) ?? '').trim();
  const number = (name: string) => (text(name) === '' ? null : Number(text(name)));
  return {
    sources: text('sources')
      .split(',')
      .map((source) => source.trim())
      .filter((source) => source !== ''),
    method: text('method') as JobWish['method'],
    quality: (text('quality') || 'default') as JobWish['quality'],
    numClusters: number('kinds'),
    seed: number('seed') ?? 0,
    tag: text('tag') === '' ? null : text('tag'),
    steps: number('steps'),
    convolution: form.get('convolution') !== null,
  };
}
