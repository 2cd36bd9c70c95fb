// Words to flags: every spelling that is allowed means the same, and every fault is named in one sentence.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CommandLine, parseArguments } from '#kindred/cli/flags/arguments.js';
import { FLAGS, type Flag, type FlagName, flagsOf } from '#kindred/cli/flags/flags.js';
import { closest, editDistance } from '#kindred/core/closest.js';
import { InputError } from '#kindred/core/errors.js';

function fault(...words: string[]): string {
  try {
    parseArguments('train', words);
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    return (error as InputError).message;
  }
  throw new Error(`no fault found in: ${words.join(' ')}`);
}

describe('the command line of the classic', () => {
  it('works as it was written there', () => {
    const words = `--data_dir=/data --log_dir=/logs --tag=run1 --tb_embedding=True --learning_rate=0.05
      --encoding_size=32 --steps=2000 --num_clusters=20 --convolution=True`.split(/\s+/);
    const expected: CommandLine = {
      flags: {
        'data-dir': '/data',
        'log-dir': '/logs',
        tag: 'run1',
        'tb-embedding': true,
        'learning-rate': 0.05,
        'encoding-size': 32,
        steps: 2000,
        'num-clusters': 20,
        convolution: true,
      },
      positionals: [],
    };
    expect(parseArguments('train', words)).toEqual(expected);
    const apart = words.flatMap((word) => word.split('='));
    expect(parseArguments('train', apart)).toEqual(expected);
    const kebab = words.map((word) => word.replaceAll('_', '-'));
    expect(parseArguments('train', kebab)).toEqual(expected);
  });
});

/** A value for the flag as text and as what it means. */
function anyValue(name: FlagName): fc.Arbitrary<readonly [string, unknown]> {
  const flag: Flag = FLAGS[name];
  switch (flag.kind) {
    case 'boolean':
      return fc.constantFrom(
        ['true', true],
        ['True', true],
        ['1', true],
        ['false', false],
        ['False', false],
        ['0', false],
      );
    case 'integer':
      return fc.integer({ min: flag.minimum ?? 1, max: flag.maximum }).map((value) => [String(value), value]);
    case 'number':
      return fc
        .double({ min: flag.above, max: flag.maximum, minExcluded: true, noNaN: true })
        .map((value) => [String(value), value]);
    case 'list':
      return fc
        .array(fc.integer({ min: flag.minimum ?? 1, max: flag.maximum }), {
          minLength: 1,
          maxLength: flag.longest,
        })
        .map((values) => [values.join(','), values]);
    case 'texts':
      return fc.stringMatching(/^[a-z*][a-z*/.]{0,20}$/).map((text) => [text, [text]]);
    case 'string':
      return flag.choices === undefined
        ? fc.stringMatching(/^[a-z0-9./][a-z0-9./= -]{0,20}$/).map((text) => [text, text])
        : fc.constantFrom(...flag.choices).map((text) => [text, text]);
  }
}

describe('every flag of train', () => {
  const oneFlag = fc
    .constantFrom(...flagsOf('train'))
    .chain((name) => anyValue(name).map(([text, value]) => ({ name, text, value })));
  const flags = fc.uniqueArray(oneFlag, { selector: ({ name }) => name, maxLength: 8 });

  it('means the same in all four spellings, in any order', () => {
    fc.assert(
      fc.property(flags, fc.infiniteStream(fc.boolean()), (chosen, coins) => {
        const coin = () => coins.next().value === true;
        const words = chosen.flatMap(({ name, text }) => {
          const spelled = `--${coin() ? name : name.replaceAll('-', '_')}`;
          return coin() ? [`${spelled}=${text}`] : [spelled, text];
        });
        const wanted = Object.fromEntries(chosen.map(({ name, value }) => [name, value]));
        expect(parseArguments('train', words).flags).toEqual(wanted);
      }),
    );
  });

  it('ends in a value or in one line, whatever the words are', () => {
    const word = fc.oneof(
      fc.string(),
      fc.constantFrom('--', '-', '--tag', '--tag=', '--steps', '-1', 'true', '--resume'),
      fc.constantFrom(...flagsOf('train')).map((name) => `--${name}`),
    );
    fc.assert(
      fc.property(fc.array(word), (words) => {
        try {
          parseArguments('train', words);
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
          expect((error as InputError).message).toMatch(/^[^\n]+[.?]$/);
        }
      }),
    );
  });
});

describe('booleans', () => {
  it('stand bare, before another flag, before a word that is no truth value, and at the end', () => {
    expect(parseArguments('train', ['--tied', 'photos', '--convolution', '--resume'])).toEqual({
      flags: { tied: true, convolution: true, resume: true },
      positionals: ['photos'],
    });
  });

  it('take the next word where it is a truth value', () => {
    expect(parseArguments('train', ['--tied', 'False', 'photos']).flags).toEqual({ tied: false });
  });
});

describe('other words', () => {
  it('are positionals, and after -- even those that look like flags', () => {
    expect(parseArguments('predict', ['runs/a', '--threads', '2', '--', '--odd name'])).toEqual({
      flags: { threads: 2 },
      positionals: ['runs/a', '--odd name'],
    });
  });

  it('may hold an equals sign in a value', () => {
    expect(parseArguments('train', ['--tag=lr=0.1']).flags).toEqual({ tag: 'lr=0.1' });
  });

  it('are numbers in decimal notation, whole where they must be', () => {
    expect(parseArguments('train', ['--learning-rate', '1e-3', '--steps', '2e3']).flags).toEqual({
      'learning-rate': 0.001,
      steps: 2000,
    });
  });
});

describe('a fault is one sentence', () => {
  const faults: [string[], string][] = [
    [['--learning-rat=1'], '--learning-rat is not a flag of kindred train. Did you mean --learning-rate?'],
    [['--num_cluster', '5'], '--num_cluster is not a flag of kindred train. Did you mean --num-clusters?'],
    [['--num', '3'], '--num is not a flag of kindred train. Did you mean --num-clusters?'],
    [['--qqqqqqqq'], '--qqqqqqqq is not a flag of kindred train. Run kindred train --help to see its flags.'],
    [['-t', 'run1'], '-t is not a flag of kindred train. Run kindred train --help to see its flags.'],
    [['--format', 'csv'], '--format is a flag of kindred predict, not of kindred train. Leave it out.'],
    [['--steps=9', '--steps', '10'], '--steps is given twice: 9 and 10. Keep one.'],
    [['--log_dir=a', '--log-dir=b'], '--log-dir is given twice: "a" and "b". Keep one.'],
    [['--steps'], '--steps has no value. Choose a whole number from 1 to 10,000,000.'],
    [['--tag', '--resume'], '--tag has no value. Write --tag NAME.'],
    [['--tag='], '--tag is empty. Write --tag NAME.'],
    [['--data-dir', ' '], '--data-dir is empty. Write --data-dir DIR.'],
    [['--steps', '-1'], '--steps is -1. Choose a whole number from 1 to 10,000,000.'],
    [['--steps=1.5'], '--steps is 1.5. Choose a whole number from 1 to 10,000,000.'],
    [['--steps=many'], '--steps is "many". Choose a whole number from 1 to 10,000,000.'],
    [['--learning-rate=0'], '--learning-rate is 0. Choose a number above 0, at most 100.'],
    [['--learning-rate=NaN'], '--learning-rate is "NaN". Choose a number above 0, at most 100.'],
    [['--optimizer=adagard'], '--optimizer is "adagard". Choose adagrad, adam or sgd.'],
    [['--tied=yes'], '--tied is "yes". Choose true or false.'],
    [
      ['--hidden=500,,2000'],
      '--hidden is "500,,2000". Choose up to 16 whole numbers from 1 to 16,384 with commas between.',
    ],
    [[''], 'SOURCE is empty. Write kindred train [SOURCE…] [flags].'],
    [['--tag=a\nb', '--tag=c'], '--tag is given twice: "a\\nb" and "c". Keep one.'],
  ];

  it.each(faults)('%j', (words, sentence) => {
    expect(fault(...words)).toBe(sentence);
  });

  it('names the words that a command lacks', () => {
    expect(() => parseArguments('predict', ['runs/a'])).toThrow(
      'kindred predict got no SOURCE. Write kindred predict RUN SOURCE… [flags].',
    );
  });
});

describe('the closest word', () => {
  it('counts insertions, deletions and replacements', () => {
    expect(editDistance('kitten', 'sitting')).toBe(3);
    expect(editDistance('', 'abc')).toBe(3);
    expect(editDistance('flaw', 'lawn')).toBe(2);
  });

  it('is symmetric, zero only for equal words, and obeys the triangle inequality', () => {
    const word = fc.stringMatching(/^[abc]{0,6}$/);
    fc.assert(
      fc.property(word, word, word, (a, b, c) => {
        expect(editDistance(a, b)).toBe(editDistance(b, a));
        expect(editDistance(a, b) === 0).toBe(a === b);
        expect(editDistance(a, c)).toBeLessThanOrEqual(editDistance(a, b) + editDistance(b, c));
      }),
    );
  });

  it('is none where nothing is near', () => {
    expect(closest('trian', ['train', 'runs'])).toBe('train');
    expect(closest('xyzzy', ['train', 'runs'])).toBeNull();
  });
});
