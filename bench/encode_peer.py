"""ONNX Runtime's side of bench/encode.mjs: on each line of standard input, decodes all files of a folder with Pillow, as its threads
allow ahead of the model, and encodes them; answers with the seconds that took.

    encode_peer.py MODEL FOLDER THREADS
"""

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image

SIDE = 260
MEAN, STD = np.float32(127 / 255), np.float32(128 / 255)


def load(path):
    with Image.open(path) as image:
        pixels = np.asarray(image.convert("RGB").resize((SIDE, SIDE), Image.BICUBIC), np.float32)
    return ((pixels / np.float32(255) - MEAN) / STD).transpose(2, 0, 1)


def session(model, threads, spins):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.add_session_config_entry("session.intra_op.allow_spinning", "1" if spins else "0")
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def encode(model, files, threads, batch):
    name = model.get_inputs()[0].name
    vectors, held = [], []
    with ThreadPoolExecutor(threads) as pool:
        for pixels in pool.map(load, files):
            held.append(pixels)
            if len(held) == batch:
                vectors.append(model.run(None, {name: np.stack(held)})[0])
                held = []
    if held:
        vectors.append(model.run(None, {name: np.stack(held)})[0])
    return np.concatenate(vectors)


def main():
    path, folder, threads = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    files = sorted(folder.iterdir())
    models = {spins: session(path, threads, spins) for spins in (False, True)}
    print(json.dumps({"version": onnxruntime.__version__}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        start = time.perf_counter()
        vectors = encode(models[request["spins"]], files, threads, request["batch"])
        print(json.dumps({"seconds": time.perf_counter() - start, "images": len(vectors)}), flush=True)


main()
