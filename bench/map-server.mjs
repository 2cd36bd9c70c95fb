// The studio's page with a run that is only arrays: what a benchmark of the page needs, and no more.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';

const PAGE = join(import.meta.dirname, '../dist/studio/web');
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };

/**
 * @param {{ layout: Float32Array, kind: Int32Array, pixels?: Uint8Array }} run layout (n, 2), kind (n); pixels (n, 28, 28)
 * @returns {Promise<{ url: string, close: () => void }>} `url`: of its map
 */
export async function serveMap({ layout, kind, pixels = new Uint8Array(0) }) {
  const count = kind.length;
  const kinds = Array.from({ length: Math.max(...new Set(kind)) + 1 }, (_, each) => ({
    kind: each,
    name: `kind-${each}`,
  }));
  const arrays = {
    layout,
    kind,
    confidence: new Float32Array(count).fill(1),
    finding: new Int32Array(count),
    told: new Int32Array(count).fill(-2),
  };
  const answers = {
    '/api/runs': [],
    '/api/jobs': [],
    '/api/runs/bench': { tag: 'bench', count, height: 28, width: 28, channels: 1, labelNames: null },
    '/api/runs/bench/review': { tag: 'bench', revision: 0, kinds, undo: null, redo: null },
  };
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url, 'http://localhost');
    const send = (type, body) => response.writeHead(200, { 'content-type': type }).end(body);
    const array = arrays[pathname.split('/arrays/')[1]];
    if (answers[pathname]) send('application/json', JSON.stringify(answers[pathname]));
    else if (array)
      send('application/octet-stream', new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
    else if (pathname.endsWith('/pixels')) {
      const [from, images] = ['from', 'count'].map((name) => Number(searchParams.get(name)));
      send('application/octet-stream', pixels.subarray(from * 784, (from + images) * 784));
    } else if (pathname.startsWith('/api')) response.writeHead(404).end();
    else {
      const name = extname(pathname) === '' ? 'index.html' : pathname;
      send(TYPES[extname(name)], readFileSync(join(PAGE, name)));
    }
  });
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  return { url: `http://127.0.0.1:${server.address().port}/map/bench`, close: () => server.close() };
}
