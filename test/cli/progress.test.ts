// What progress looks like on a terminal and in a file, by a clock that the test turns.
import { describe, expect, it } from 'vitest';
import { createProgress, duration } from '#kindred/cli/printing/progress.js';
import type { Progress } from '#kindred/core/progress.js';

const ERASE_LINE = '\r\x1b[2K';

interface Setting {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly environment?: Record<string, string>;
}

function display({ isTTY = false, columns, environment = {} }: Setting = {}) {
  const written: string[] = [];
  let time = 0;
  const stream = { isTTY, columns, write: (text: string) => written.push(text) };
  const { report, finish } = createProgress(stream, { environment, now: () => time });
  return {
    written,
    finish,
    /** Lets `milliseconds` pass, then reports. */
    elapse(milliseconds: number, done: number, changes: Partial<Progress> = {}) {
      time += milliseconds;
      report({ stage: 'training', done, total: 2000, unit: 'steps', ...changes });
    },
  };
}

describe('in a pipe', () => {
  it('a stage has a line at its start, one every ten seconds and one at its end', () => {
    const { elapse, written } = display();
    elapse(0, 0);
    for (let step = 1; step <= 2000; step++) elapse(10, step, { detail: `loss 0.0${step}` });
    expect(written).toEqual([
      'training: 0/2,000 steps\n',
      'training: 1,000/2,000 steps, 100/s, 10 s left, loss 0.01000\n',
      'training: 2,000/2,000 steps, 100/s, 20 s, loss 0.02000\n',
    ]);
  });

  it('there is no escape sequence, whatever the environment says', () => {
    const { elapse, written, finish } = display({ environment: { FORCE_COLOR: '1', TERM: 'xterm' } });
    elapse(0, 0);
    elapse(20_000, 500);
    finish();
    expect(written.join('')).not.toContain('\x1b');
    expect(written.join('')).not.toContain('\r');
  });

  it('stages follow one another, each with its end, also one that was left early', () => {
    const { elapse, written } = display();
    elapse(0, 0);
    elapse(1000, 50);
    elapse(1000, 0, { stage: 'clustering', total: 3, unit: 'passes' });
    elapse(500, 3, { stage: 'clustering', total: 3, unit: 'passes' });
    elapse(0, 60, { stage: 'encoding', total: 60, unit: 'images' });
    expect(written).toEqual([
      'training: 0/2,000 steps\n',
      'training: 50/2,000 steps, 25/s, 2.0 s\n',
      'clustering: 0/3 passes\n',
      'clustering: 3/3 passes, 6.0/s, 0.5 s\n',
      'encoding: 60/60 images, 0.0 s\n',
    ]);
  });

  it('a resumed stage is not faster for what was done before', () => {
    const { elapse, written } = display();
    elapse(0, 1000);
    elapse(10_000, 1500);
    expect(written[1]).toBe('training: 1,500/2,000 steps, 50/s, 10 s left\n');
  });
});

describe('on a terminal', () => {
  it('one line is rewritten, at most ten times a second', () => {
    const { elapse, written } = display({ isTTY: true });
    elapse(0, 0);
    for (let step = 1; step <= 1000; step++) elapse(1, step);
    expect(written.length).toBe(11);
    expect(written.every((text) => text.startsWith(ERASE_LINE) && !text.includes('\n'))).toBe(true);
    expect(written[10]).toContain('1,000/2,000 steps  1,000/s  1.0 s left');
  });

  it('the line stays within the columns', () => {
    for (const columns of [1, 10, 30, 60, 100]) {
      const { elapse, written, finish } = display({ isTTY: true, columns, environment: { NO_COLOR: '1' } });
      elapse(0, 0);
      elapse(500, 700, { detail: 'loss 0.0213' });
      finish();
      for (const text of written) {
        expect(text.replace(ERASE_LINE, '').trimEnd().length).toBeLessThan(columns);
      }
    }
  });

  it('colour is left out under NO_COLOR, and everything live on a dumb terminal', () => {
    const draw = (environment: Record<string, string>) => {
      const { elapse, written } = display({ isTTY: true, environment });
      elapse(0, 0);
      return written[0];
    };
    expect(draw({})).toContain('\x1b[2m');
    expect(draw({ NO_COLOR: '1' })).not.toContain('\x1b[2m');
    expect(draw({ NO_COLOR: '' })).toContain('\x1b[2m');
    expect(draw({ TERM: 'dumb' })).toBe('training: 0/2,000 steps\n');
  });

  it('finishing leaves an empty line once', () => {
    const { elapse, written, finish } = display({ isTTY: true });
    finish();
    expect(written).toEqual([]);
    elapse(0, 5);
    finish();
    finish();
    expect(written.at(-1)).toBe('\n');
    expect(written.filter((text) => text === '\n')).toHaveLength(1);
  });
});

describe('durations', () => {
  it.each([
    [0.04, '0.0 s'],
    [9.94, '9.9 s'],
    [9.96, '10 s'],
    [59.6, '1 min 0 s'],
    [200, '3 min 20 s'],
    [7500, '2 h 5 min'],
  ])('%d s is %s', (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });
});
