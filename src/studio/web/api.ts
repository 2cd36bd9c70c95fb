// Talking to the server. The cookie that the first page load sets speaks for the person; a refusal becomes an error with
// the server's sentence.
import type { Refusal } from '../server/messages.js';

export async function fetchJson<T>(path: string): Promise<T> {
  return (await answerOf(fetch(`/api${path}`))).json() as Promise<T>;
}

export async function postJson<T>(path: string, body: unknown = {}): Promise<T> {
  const headers = { 'content-type': 'application/json' };
  const answer = fetch(`/api${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  return (await answerOf(answer)).json() as Promise<T>;
}

/** A file, for bytes that the server makes of it. */
export async function postFile(path: string, file: Blob): Promise<ArrayBuffer> {
  const headers = { 'content-type': 'application/octet-stream' };
  return (await answerOf(fetch(`/api${path}`, { method: 'POST', headers, body: file }))).arrayBuffer();
}

export async function fetchBytes(path: string): Promise<ArrayBuffer> {
  return (await answerOf(fetch(`/api${path}`))).arrayBuffer();
}

export function runPath(tag: string, ...parts: readonly (string | number)[]): string {
  return ['/runs', encodeURIComponent(tag), ...parts].join('/');
}

export function imageAddress(tag: string, image: number): string {
  return `/api${runPath(tag, 'images', `${image}.png`)}`;
}

/** What went wrong, for the person. */
export function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function answerOf(asking: Promise<Response>): Promise<Response> {
  let answer: Response;
  try {
    answer = await asking;
  } catch {
    throw new Error('The studio does not answer: is `kindred studio` still running?');
  }
  if (answer.ok) return answer;
  const refusal = (await answer.json().catch(() => null)) as Refusal | null;
  throw new Error(refusal?.error ?? `The studio answered with status ${answer.status}.`);
}
