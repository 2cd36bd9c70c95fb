// What the flags of train ask the library for, and the combinations that contradict themselves.
import { describe, expect, it } from 'vitest';
import { trainRequest } from '#kindred/cli/commands/train.js';
import { parseArguments } from '#kindred/cli/flags/arguments.js';
import { FLAGS, flagOf } from '#kindred/cli/flags/flags.js';
import { InputError } from '#kindred/core/errors.js';
import { READING_LIMITS } from '#kindred/data/pictures.js';
import { completeOptions } from '#kindred/methods/defaults.js';
import { OPTIMIZERS } from '#kindred/methods/options.js';

/** As the command line says it. */
function refusalOf(ask: () => unknown): string {
  try {
    ask();
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    return (error as InputError).worded(flagOf);
  }
  return 'not refused';
}

function request(...words: string[]) {
  const commandLine = parseArguments('train', words);
  return trainRequest({ ...commandLine, argv: ['train', ...words], signal: new AbortController().signal });
}

describe('a request', () => {
  it('holds nothing that was not given, so that every default applies', () => {
    expect(request()).toEqual({
      sources: [],
      framing: { size: null, color: 'auto', polarity: null, crop: null },
      limits: READING_LIMITS,
      strict: false,
      vectors: 'auto',
      labelsFrom: 'source',
      dataDir: null,
      logDir: 'runs',
      tag: null,
      resume: false,
      overwrite: false,
      tensorboardEmbedding: false,
      refinement: null,
      command: ['train'],
      options: { network: {}, training: {}, clustering: {} },
    });
  });

  it('means kin, or the auto-encoder where a flag asks for what kin does not have', () => {
    const methodOf = (...words: string[]) => completeOptions(request(...words).options).method;
    expect(methodOf('--num-clusters=20', '--quality=fast')).toBe('kin');
    for (const flag of ['--convolution', '--steps=5', '--encoding_size=8', '--mini-batch=64', '--tied']) {
      expect(methodOf(flag), flag).toBe('autoencoder');
    }
    expect(methodOf('--convolution=False')).toBe('kin');
    expect(methodOf('--method=kmeans', '--restarts=2')).toBe('kmeans');
  });

  it('leaves the number of kinds open where it is auto', () => {
    expect(completeOptions(request('--num-clusters=auto').options).clustering.numClusters).toBeNull();
    expect(completeOptions({}).clustering.numClusters).toBeNull();
    expect(completeOptions({ method: 'autoencoder' }).clustering.numClusters).toBe(10);
  });

  it('lets no field that is undefined hide a default', () => {
    const { training, network, clustering } = completeOptions(request('--steps', '5').options);
    const classic = completeOptions({ method: 'autoencoder' });
    expect(training).toEqual({ ...classic.training, steps: 5 });
    expect(network).toEqual(classic.network);
    expect(clustering).toEqual(classic.clustering);
  });

  it('carries every flag to its place', () => {
    const words = `images --method autoencoder --log-dir logs --tag a --tb-embedding --seed 7 --threads 2
      --hidden 500,500,2000 --encoding-size 10 --tied --optimizer adam --learning-rate 0.001 --steps 50
      --batch-size 64 --num-clusters 20 --distance cosine --mini-batch 256 --restarts 4 --overwrite`;
    expect(request(...words.split(/\s+/))).toEqual({
      sources: ['images'],
      framing: { size: null, color: 'auto', polarity: null, crop: null },
      limits: READING_LIMITS,
      strict: false,
      vectors: 'auto',
      labelsFrom: 'source',
      dataDir: null,
      logDir: 'logs',
      tag: 'a',
      resume: false,
      overwrite: true,
      tensorboardEmbedding: true,
      refinement: null,
      command: ['train', ...words.split(/\s+/)],
      options: {
        method: 'autoencoder',
        seed: 7,
        threads: 2,
        network: { hidden: [500, 500, 2000], encodingSize: 10, tied: true },
        training: { optimizer: 'adam', learningRate: 0.001, steps: 50, batchSize: 64 },
        clustering: { numClusters: 20, distance: 'cosine', miniBatch: 256, restarts: 4 },
      },
    });
  });

  it('resumes with the flags that may stand beside it', () => {
    const resumed = request('--resume', '--tag=a', '--steps=10', '--threads=2', '--json');
    const options = { threads: 2, training: { steps: 10 } };
    expect(resumed).toMatchObject({ resume: true, tag: 'a', options });
  });

  it('takes a flag that is switched off as no contradiction', () => {
    expect(() => request('--convolution=false', '--hidden=10', '--tied')).not.toThrow();
    expect(() => request('--method=kmeans', '--convolution=False')).not.toThrow();
    expect(() => request('--resume=false', '--overwrite', '--tag=a')).not.toThrow();
  });
});

describe('the defaults that the help names', () => {
  const said = (name: keyof typeof FLAGS): string => FLAGS[name].default;
  it('are those of the library', () => {
    expect(said('method').split(';')[0]).toBe(completeOptions({}).method);
    expect(said('quality').split(';')[0]).toBe(completeOptions({}).kin?.quality);
    expect(said('network-epochs')).toBe(String(completeOptions({}).kin?.epochs));
    const classic = completeOptions({ method: 'autoencoder', threads: 1 });
    const { seed, network, training, clustering } = classic;
    expect(said('seed').split(';')[0]).toBe(String(seed));
    expect(said('convolution')).toBe(String(network.convolution));
    expect(said('hidden')).toBe(network.hidden.length === 0 ? 'none' : network.hidden.join());
    expect(said('encoding-size')).toBe(String(network.encodingSize));
    expect(said('tied')).toBe(String(network.tied));
    expect(said('optimizer')).toBe(training.optimizer);
    expect(said('steps')).toBe(String(training.steps));
    expect(said('batch-size')).toBe(String(training.batchSize));
    expect(said('num-clusters')).toBe(`auto with kin, else ${clustering.numClusters}`);
    expect(said('distance')).toBe(clustering.distance);
    expect(said('mini-batch')).toBe(
      clustering.miniBatch === null ? 'all images at once' : String(clustering.miniBatch),
    );
    expect(said('restarts')).toBe(String(clustering.restarts));
    const rates = OPTIMIZERS.map((optimizer) => {
      const { learningRate } = completeOptions({ training: { optimizer } }).training;
      return `${learningRate} with ${optimizer}`;
    });
    expect(said('learning-rate')).toBe(rates.join(', '));
  });
});

describe('a contradiction is named', () => {
  const contradictions: [string, string][] = [
    ['images --data-dir other', 'SOURCE "images" and --data-dir "other" both name images'],
    ['--resume --overwrite --tag a', '--resume goes on with a run and --overwrite throws it away'],
    ['--resume', '--resume got no --tag'],
    ['--method kin --steps 5', '--steps is for the auto-encoder and --method kin has no use for it'],
    ['--method kin --restarts 5', '--restarts is for the auto-encoder'],
    ['--quality fast --convolution', '--quality is about kin and not about --method autoencoder'],
    ['--network-epochs 2 --tied', '--network-epochs is about kin and not about --method autoencoder'],
    ['--network-epochs 2 --quality fast', '--network-epochs is about networks and --quality fast has none'],
    ['--method kmeans --num-clusters auto', '--num-clusters auto is for kin'],
    ['--overwrite', '--overwrite got no --tag'],
    ['--hidden 5 --convolution', '--hidden is for dense layers'],
    ['--tied --convolution', '--tied is for dense layers'],
    ['--threads 4 --batch-size 2', '--threads is 4 but --batch-size is 2'],
    ['--threads 200 --steps 9', '--threads is 200 but --batch-size is 128'],
    ['--method kmeans --steps 5', '--steps is about a network and --method kmeans has none'],
    ['--tag a/b', 'tag "a/b" has a path separator'],
    ['--tag ..', 'tag ".." is a directory reference'],
  ];

  it.each(contradictions)('%s', (words, sentence) => {
    const refused = refusalOf(() => request(...words.split(' ')));
    expect(refused).toContain(sentence);
  });
});
