// Whom the studio's server turns away, and what it survives, over real HTTP.
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { type IncomingHttpHeaders, request } from 'node:http';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStudio } from '#kindred/studio/server/studio.js';
import { sharedFolder } from '../support/folders.js';
import { encodeDigits, firstDigits } from '../support/mnist.js';
import { trained } from '../support/runs.js';
import { type RunningStudio, reviewIn, startStudio } from '../support/studio.js';

const cwd = sharedFolder();
const logDir = join(cwd, 'runs');
const faults: unknown[] = [];
let studio: RunningStudio;

beforeAll(async () => {
  writeFileSync(join(cwd, 'digits'), encodeDigits(firstDigits('train', 400)));
  await trained(cwd, 'one', 'digits --method kmeans --num-clusters 5 --restarts 1 --threads 2');
  mkdirSync(join(cwd, 'outside'));
  writeFileSync(join(cwd, 'outside', 'run.json'), '{}');
  symlinkSync(join(cwd, 'outside'), join(logDir, 'leads-out'));
  studio = await startStudio(logDir, faults);
});

afterAll(async () => {
  await studio.close();
});

interface RawAnswer {
  readonly status: number;
  readonly text: string;
  readonly headers: IncomingHttpHeaders;
}

/** A request with headers that fetch would not let through. */
function raw(path: string, headers: Record<string, string>, port = studio.port): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path, headers }, (answer) => {
      let text = '';
      answer.on('data', (part) => {
        text += part;
      });
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text, headers: answer.headers }));
    });
    asked.on('error', reject).end();
  });
}

function answersAt(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port }, () => {
      socket.destroy();
      resolve(true);
    }).on('error', () => resolve(false));
  });
}

const known = () => ({ authorization: `Bearer ${studio.token}` });

describe('who is let in', () => {
  it('nobody without the token, or with a wrong one', async () => {
    for (const path of ['/', '/runs', '/api/runs', '/assets/x.js', '/api/events']) {
      expect((await raw(path, {})).status, path).toBe(401);
      expect((await raw(`${path}?token=${'x'.repeat(43)}`, {})).status, path).toBe(401);
    }
  });

  it('a browser by the printed address, and from then on by a cookie that no script and no other site gets', async () => {
    const first = await fetch(studio.url, { redirect: 'manual' });
    expect(first.status).toBe(303);
    expect(first.headers.get('location')).toBe('/');
    const cookie = first.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/HttpOnly/);
    expect(cookie).toMatch(/SameSite=Strict/);
    expect(Buffer.from(studio.token, 'base64url').length).toBeGreaterThanOrEqual(16);
    const page = await raw('/map/one', { cookie: cookie.split(';')[0] });
    expect(page.status).toBe(200);
    expect(page.text).toContain('<title>kindred studio</title>');
  });

  it('no request under another host’s name, as DNS rebinding makes them', async () => {
    for (const host of ['evil.example', `evil.example:${studio.port}`, '127.0.0.1', '127.0.0.1:1']) {
      expect((await raw('/api/runs', { ...known(), host })).status, host).toBe(403);
    }
    expect((await raw('/api/runs', { ...known(), host: `localhost:${studio.port}` })).status).toBe(200);
  });

  it('no request that another site had a hand in', async () => {
    const foreign: Record<string, string>[] = [
      { origin: 'http://evil.example' },
      { origin: 'null' },
      { origin: `https://127.0.0.1:${studio.port}` },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
    ];
    for (const headers of foreign) {
      expect((await raw('/api/runs', { ...known(), ...headers })).status, JSON.stringify(headers)).toBe(403);
    }
    const own = { origin: `http://127.0.0.1:${studio.port}`, 'sec-fetch-site': 'same-origin' };
    expect((await raw('/api/runs', { ...known(), ...own })).status).toBe(200);
  });

  it('only from this machine', async () => {
    const others = Object.values(networkInterfaces())
      .flat()
      .filter((address) => address !== undefined && !address.internal && address.family === 'IPv4');
    // On Linux, 127.0.0.2 is an address of this machine's too, and whoever listens everywhere answers there.
    const addresses = others.map((other) => other?.address ?? '');
    if (process.platform === 'linux') addresses.push('127.0.0.2');
    for (const address of addresses) expect(await answersAt(address, studio.port), address).toBe(false);
    expect(await answersAt('127.0.0.1', studio.port)).toBe(true);
  });

  it('from elsewhere where a person says so, and still under no foreign name', async () => {
    const open = await openStudio({ logDir, host: '0.0.0.0', port: 0, threads: 1, onFault: () => {} });
    const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
    const bearer = { authorization: `Bearer ${open.token}` };
    const askedAs = (host: string) =>
      raw('/api/runs', { ...bearer, host: `${host}:${open.port}` }, open.port);
    for (const { address, family } of addresses) {
      const name = family === 'IPv6' ? `[${address}]` : address;
      expect((await askedAs(name)).status, name).toBe(200);
    }
    expect((await askedAs('evil.example')).status).toBe(403);
    expect((await raw('/api/runs', { host: `127.0.0.1:${open.port}` }, open.port)).status).toBe(401);
    await open.close();
  });
});

describe('every answer', () => {
  it('carries a policy that lets nothing in from elsewhere and no script that stands in the page', async () => {
    for (const path of ['/runs', '/runs/one', '/nothing']) {
      const { headers } = await studio.ask(path);
      const policy = headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'none'");
      expect(policy).not.toMatch(/unsafe-inline|'unsafe-eval'|\*|data:/);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('cache-control')).toMatch(/no-store/);
    }
  });

  it('is the page under the same policy, without a script or a style in it', async () => {
    const { status, text, headers } = await raw('/kinds/one', known());
    expect(status).toBe(200);
    expect(headers['content-security-policy']).toMatch(
      /script-src 'self' 'wasm-unsafe-eval'; style-src 'self'/,
    );
    expect(text).not.toMatch(/<style|style=|<script(?![^>]* src=)| on\w+=/);
  });

  it('leads to no file outside the runs and the page', async () => {
    const up = ['..', '%2e%2e', '..%2f..', '%2e%2e%2f%2e%2e', '..%5c..', '%252e%252e'];
    const roots = ['', '/assets', '/api', '/api/runs', '/api/runs/one', '/api/runs/one/model'];
    const paths = roots.flatMap((root) => up.map((step) => `${root}/${step}/${step}/package.json`));
    const absolute = ['/etc/passwd', '//etc/passwd', '/api/runs/%2fetc%2fpasswd', '/api/runs//etc/passwd'];
    const { text: page } = await raw('/runs', known());
    for (const path of [...paths, ...absolute, '/api/runs/leads-out/review', '/assets/../index.html%00']) {
      const { status, text } = await raw(path, known());
      expect(text === page || status === 400 || status === 404, `${path}: ${status} ${text}`).toBe(true);
    }
    expect(faults).toEqual([]);
  });

  it('is one sentence where a request makes no sense, and never a stack', async () => {
    const asked: [string, RequestInit | undefined, number, RegExp][] = [
      ['/runs/none', undefined, 400, /no run none/],
      ['/runs/leads-out', undefined, 400, /no run leads-out/],
      ['/runs/..%2foutside', undefined, 400, /path separator/],
      ['/runs/%2e%2e', undefined, 400, /directory reference|nothing at this address/],
      ['/runs/one%00', undefined, 400, /control character/],
      ['/runs/one/images/400', undefined, 404, /no image 400/],
      ['/runs/one/images/400.png', undefined, 404, /no image 400/],
      ['/runs/one/pixels?from=401', undefined, 400, /from is "401"/],
      ['/runs/one/model/..%2frun.json', undefined, 404, /nothing/],
      ['/runs/one/arrays/codes', undefined, 404, /no such array/],
      ['/nothing', undefined, 404, /nothing/],
      ['/runs/one', { method: 'DELETE' }, 404, /nothing/],
      ['/runs/one/edits', { method: 'POST', body: '{' }, 400, /application\/json/],
    ];
    for (const [path, init, status, sentence] of asked) {
      const answer = await studio.ask(path, init);
      const { error } = (await answer.json()) as { error: string };
      expect(error, path).toMatch(sentence);
      expect(answer.status === status || (path.includes('%2e') && answer.status === 404), path).toBe(true);
      expect(error).not.toMatch(/\n|at .*\.js/);
    }
    expect(faults).toEqual([]);
  });

  it('is a refusal where JSON is wrong or too long', async () => {
    const json = { 'content-type': 'application/json' };
    const post = (body: string) => studio.ask('/runs/one/edits', { method: 'POST', headers: json, body });
    expect(await (await post('{"do"')).json()).toEqual({ error: 'The request is not JSON.' });
    expect((await post('[]')).status).toBe(400);
    expect((await post('{"do":"name","kind":"0","name":"x"}')).status).toBe(400);
    expect((await post('{"do":"name","kind":0,"name":"   "}')).status).toBe(400);
    expect((await post(JSON.stringify({ do: 'move', images: '1'.repeat(17_000_000), to: 0 }))).status).toBe(
      413,
    );
    expect((await reviewIn(studio, 'one')).revision).toBe(0);
  });

  it('comes to addresses and cookies that cannot be decoded', async () => {
    for (const path of ['/api/runs/%', '/api/runs/%E0%A4%A', '/api/runs/one/images/%C3', '/%', '/?token=%']) {
      expect((await raw(path, known())).status, path).toBeLessThan(500);
      expect((await raw(path, { cookie: `kindred-${studio.port}=%E0%A4%A` })).status, path).toBe(401);
    }
    expect(faults).toEqual([]);
  });

  it('still comes after requests that were broken off or are no HTTP', async () => {
    for (const text of [
      'GET',
      'nonsense\r\n\r\n',
      'POST /api/runs/one/edits HTTP/1.1\r\nContent-Length: 99\r\n\r\n{',
    ]) {
      await new Promise<void>((resolve) => {
        const socket = connect(studio.port, '127.0.0.1', () => {
          socket.write(text);
          setTimeout(() => socket.destroy(), 30);
        });
        socket.on('close', () => resolve()).on('error', () => resolve());
      });
    }
    expect((await studio.ask('/runs')).status).toBe(200);
  });
});
