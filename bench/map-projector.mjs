// TensorBoard's projector with points of the plane and nothing else: the other side of bench/map.mjs.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PEER_PYTHON } from './peer.mjs';

const START_SECONDS = 120;

/**
 * @param {Float32Array} layout (n, 2)
 * @returns {Promise<{ url: string, close: () => void }>} `url`: of the projector alone, without TensorBoard around it
 */
export async function serveProjector(layout) {
  const folder = mkdtempSync(join(tmpdir(), 'kindred-projector-'));
  const lines = Array.from(
    { length: layout.length / 2 },
    (_, at) => `${layout[2 * at]}\t${layout[2 * at + 1]}\t0`,
  );
  writeFileSync(join(folder, 'tensors.tsv'), `${lines.join('\n')}\n`);
  const config = 'embeddings {\n  tensor_name: "map"\n  tensor_path: "tensors.tsv"\n}\n';
  writeFileSync(join(folder, 'projector_config.pbtxt'), config);
  const port = await freePort();
  const words = ['-m', 'tensorboard.main', '--logdir', folder, '--port', `${port}`, '--host', '127.0.0.1'];
  const server = spawn(PEER_PYTHON, words, { stdio: 'ignore' });
  const close = () => {
    server.kill();
    rmSync(folder, { recursive: true });
  };
  const origin = `http://127.0.0.1:${port}`;
  if (await answers(origin)) return { url: `${origin}/data/plugin/projector/projector_binary.html`, close };
  close();
  throw new Error(`TensorBoard did not start within ${START_SECONDS} seconds.`);
}

async function freePort() {
  const server = createServer();
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  const { port } = server.address();
  await new Promise((closed) => server.close(closed));
  return port;
}

async function answers(origin) {
  for (let attempt = 0; attempt < 2 * START_SECONDS; attempt++) {
    const isUp = await fetch(origin).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isUp) return true;
    await new Promise((later) => setTimeout(later, 500));
  }
  return false;
}
