// A studio on runs of a test's own, asked over real HTTP.
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
