// The form that begins a run, and what it shares with others that begin one.
import { useState } from 'preact/hooks';
import type { JobView, RefineForm, TrainingForm } from '../../server/messages.js';
import { postJson, sentenceOf } from '../api.js';
import { go } from '../route.js';
import { loadRuns } from '../store.js';
import { Select } from './elements.js';

export const QUALITIES: Readonly<Record<TrainingForm['quality'], string>> = {
  default: 'default: networks settle doubtful images',
  fast: 'fast: the graph alone',
  best: 'best: wide networks',
};
const METHODS: Readonly<Record<TrainingForm['method'], string>> = {
  kin: 'kin',
  autoencoder: 'auto-encoder and K-means',
  kmeans: 'K-means on pixels',
};

const COMPARED: Readonly<Record<TrainingForm['encoder'], string>> = {
  auto: 'decided by a look at the pictures',
  none: 'outlines',
  photo: 'what they show',
};

/** `begin` posts a form and goes to watch the training; `refusal` is the sentence of one that was refused. */
export function useBeginning() {
  const [refusal, setRefusal] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const begin = async (path: string, form: TrainingForm | RefineForm) => {
    setBusy(true);
    try {
      const { tag } = await postJson<JobView>(path, form);
      void loadRuns();
      go({ view: 'live', tag });
    } catch (error) {
      setRefusal(sentenceOf(error));
      setBusy(false);
    }
  };
  return { refusal, isBusy, begin };
}

interface FieldProps {
  readonly label: string;
  readonly name: string;
  readonly placeholder: string;
  readonly isNumber?: boolean;
}

export function Field({ label, isNumber, ...how }: FieldProps) {
  return (
    <label>
      {label}
      <input {...how} {...(isNumber && { inputMode: 'numeric', pattern: '[0-9]*' })} />
    </label>
  );
}

export function NewRun() {
  const [method, setMethod] = useState<TrainingForm['method']>('kin');
  const { refusal, isBusy, begin } = useBeginning();
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void begin('/jobs', formOf(new FormData(event.currentTarget)));
      }}
    >
      <label class="wide">
        Images
        <input name="sources" placeholder="the bundled MNIST" aria-describedby="sources-help" />
      </label>
      <p id="sources-help" class="quiet wide">
        Folders or files of this machine, several separated by commas; nothing for the bundled MNIST.
      </p>
      <Select label="Method" name="method" options={METHODS} value={method} onChoose={setMethod} />
      <Field
        label="Kinds"
        name="kinds"
        isNumber
        placeholder={method === 'kin' ? 'the images decide' : '10'}
      />
      {method === 'kin' && (
        <>
          <Select label="Quality" name="quality" options={QUALITIES} />
          <Select label="Compared by" name="encoder" options={COMPARED} />
        </>
      )}
      {method === 'autoencoder' && (
        <>
          <Field label="Training steps" name="steps" isNumber placeholder="2000" />
          <label class="tick">
            <input type="checkbox" name="convolution" /> convolutions
          </label>
        </>
      )}
      <Field label="Seed" name="seed" isNumber placeholder="0" />
      <Field label="Name" name="tag" placeholder={`${method}-1, or the next free`} />
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

function formOf(form: FormData): TrainingForm {
  const text = (name: string) => String(form.get(name) ?? '').trim();
  const number = (name: string) => (text(name) === '' ? null : Number(text(name)));
  return {
    sources: text('sources')
      .split(',')
      .map((source) => source.trim())
      .filter((source) => source !== ''),
    method: text('method') as TrainingForm['method'],
    quality: (text('quality') || 'default') as TrainingForm['quality'],
    encoder: (text('encoder') || 'auto') as TrainingForm['encoder'],
    numClusters: number('kinds'),
    seed: number('seed') ?? 0,
    tag: text('tag') === '' ? null : text('tag'),
    steps: number('steps'),
    convolution: form.get('convolution') !== null,
  };
}
