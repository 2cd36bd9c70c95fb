// Progress as a person reads it: on a terminal one live line, rewritten at most ten times a second; into a
// file or pipe a plain line when a stage starts, every ten seconds, and when it ends.
import type { Notice, Progress, ReportProgress } from '../../core/progress.js';
import { counted } from '../flags/flag-values.js';
import { flagOf } from '../flags/flags.js';

/** Where the lines go: what `process.stderr` is, as far as drawing needs it. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export interface ProgressOptions {
  /** Of these NO_COLOR (https://no-color.org) and TERM matter. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** A clock in milliseconds that never runs backwards. */
  readonly now: () => number;
}

export interface ProgressDisplay {
  readonly report: ReportProgress;
  /** Leaves the cursor on an empty line; call it before anything else is printed. */
  finish(): void;
}

const LIVE_MILLISECONDS = 100;
const PLAIN_MILLISECONDS = 10_000;
const BAR_WIDTH = 24;
const ERASE_LINE = '\r\x1b[2K';
const DIM = '\x1b[2m';
const PLAIN = '\x1b[0m';

interface Stage {
  latest: Progress;
  /** `done` of the first report: a resumed stage does not start at 0, and its rate must not count that. */
  readonly doneAtStart: number;
  readonly startedAt: number;
  drawnAt: number;
}

export function createProgress(stream: ProgressStream, options: ProgressOptions): ProgressDisplay {
  const { environment, now } = options;
  const live = stream.isTTY === true && environment.TERM !== 'dumb';
  const coloured = live && (environment.NO_COLOR ?? '') === '';
  const interval = live ? LIVE_MILLISECONDS : PLAIN_MILLISECONDS;
  let stage: Stage | null = null;

  function draw(current: Stage, ended: boolean): void {
    current.drawnAt = now();
    const seconds = (current.drawnAt - current.startedAt) / 1000;
    if (!live) stream.write(`${plainLine(current, seconds, ended)}\n`);
    else stream.write(ERASE_LINE + liveLine(current, seconds, stream.columns ?? 80, coloured));
  }

  function end(): void {
    if (stage === null) return;
    draw(stage, true);
    if (live) stream.write('\n');
    stage = null;
  }

  return {
    report(progress) {
      if (stage !== null && stage.latest.stage !== progress.stage) end();
      if (stage === null) {
        const time = now();
        stage = { latest: progress, doneAtStart: progress.done, startedAt: time, drawnAt: time };
        // A stage that is done in its first report gets one line, not two.
        if (!isDone(progress)) draw(stage, false);
      }
      stage.latest = progress;
      if (isDone(progress)) end();
      else if (now() - stage.drawnAt >= interval) draw(stage, false);
    },
    finish: end,
  };
}

/** `training ━━━━━━━━╌╌╌╌ 1,200/2,000 steps  812/s  1 s left  loss 0.0213`, cut to the columns. */
function liveLine(current: Stage, seconds: number, columns: number, coloured: boolean): string {
  const { stage } = current.latest;
  const filled = Math.round(BAR_WIDTH * fraction(current.latest));
  const bar = '━'.repeat(filled);
  const rest = '╌'.repeat(BAR_WIDTH - filled);
  const facts = factsOf(current, seconds, isDone(current.latest)).join('  ');
  const room = Math.max(0, columns - 1);
  const text = `${stage} ${bar}${rest} ${facts}`;
  if (text.length > room) return `${stage} ${facts}`.slice(0, room);
  return coloured ? `${stage} ${bar}${DIM}${rest}${PLAIN} ${facts}` : text;
}

function plainLine(current: Stage, seconds: number, ended: boolean): string {
  return `${current.latest.stage}: ${factsOf(current, seconds, ended).join(', ')}`;
}

/** Counts, rate, time left (or taken) and the stage's own figure. */
function factsOf(current: Stage, seconds: number, ended: boolean): string[] {
  const { done, total, unit, detail, secondsLeft } = current.latest;
  const facts = [total === null ? `${counted(done)} ${unit}` : `${counted(done)}/${counted(total)} ${unit}`];
  const rate = (done - current.doneAtStart) / seconds;
  if (Number.isFinite(rate) && rate > 0) {
    facts.push(`${rateOf(rate)}/s`);
    if (!ended && total !== null) facts.push(`${duration((total - done) / rate)} left`);
  }
  if (!ended && secondsLeft !== undefined) facts.push(`${duration(secondsLeft)} to the end`);
  if (ended) facts.push(duration(seconds));
  if (detail !== undefined && detail !== '') facts.push(detail);
  return facts;
}

/** A stage whose end nobody knows ends when the next begins. */
function isDone({ done, total }: Progress): boolean {
  return total !== null && done >= total;
}

function fraction({ done, total }: Progress): number {
  if (total === null) return 0;
  return total > 0 ? Math.min(1, Math.max(0, done / total)) : 1;
}

function rateOf(rate: number): string {
  return rate >= 10 ? counted(Math.round(rate)) : rate.toPrecision(2);
}

/** Seconds as people say them: `0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`. */
export function duration(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** Prints a line for the person, on a line of its own, and behind it the flag that decides otherwise. */
export function noticeTo(finish: () => void): Notice {
  return (line, option) => {
    finish();
    process.stderr.write(`${line}${option === undefined ? '' : ` (${flagOf(option)})`}\n`);
  };
}

/** Runs `work` with its progress drawn on standard error. */
export async function withProgress<T>(work: (display: ProgressDisplay) => Promise<T>): Promise<T> {
  const display = createProgress(process.stderr, {
    environment: process.env,
    now: () => performance.now(),
  });
  try {
    return await work(display);
  } finally {
    display.finish();
  }
}
