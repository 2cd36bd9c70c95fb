// A studio on runs of a test's own, asked over real HTTP.
import { expect } from 'vitest';
import type { JobView, ReviewView } from '#kindred/studio/server/messages.js';
import { openStudio } from '#kindred/studio/server/studio.js';

export interface RunningStudio {
  readonly url: string;
  readonly token: string;
  readonly port: number;
  /** With the token; `path` begins after /api. */
  ask(path: string, init?: RequestInit): Promise<Response>;
  /** A POST of JSON. */
  post(path: string, body: unknown): Promise<Response>;
  close(): Promise<string[]>;
}

/** Faults of the server end up in `faults`. */
export async function startStudio(logDir: string, faults: unknown[] = []): Promise<RunningStudio> {
  const onFault = (error: unknown) => faults.push(error);
  const studio = await openStudio({ logDir, host: '127.0.0.1', port: 0, threads: 2, onFault });
  const { url, token, port } = studio;
  const ask = (path: string, init: RequestInit = {}) =>
    fetch(`http://127.0.0.1:${port}/api${path}`, {
      ...init,
      headers: { authorization: `Bearer ${token}`, ...init.headers },
    });
  return {
    url,
    token,
    port,
    ask,
    post: (path, body) =>
      ask(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    close: () => studio.close(),
  };
}

export async function reviewIn(studio: RunningStudio, tag: string): Promise<ReviewView> {
  return (await studio.ask(`/runs/${tag}/review`)).json() as Promise<ReviewView>;
}

/** Waits until the review of a run is as wanted. */
export async function untilReview(
  studio: RunningStudio,
  tag: string,
  is: (state: ReviewView) => boolean,
): Promise<ReviewView> {
  await expect.poll(async () => is(await reviewIn(studio, tag)), { timeout: 60_000 }).toBe(true);
  return reviewIn(studio, tag);
}

/** A training that was begun in this studio. */
export async function jobIn(studio: RunningStudio, tag: string): Promise<JobView | undefined> {
  const jobs = (await (await studio.ask('/jobs')).json()) as JobView[];
  return jobs.find((each) => each.tag === tag);
}

export function untilJob(studio: RunningStudio, tag: string, state: JobView['state']): Promise<void> {
  const now = async () => (await jobIn(studio, tag))?.state;
  return expect.poll(now, { timeout: 240_000, interval: 100 }).toBe(state);
}
