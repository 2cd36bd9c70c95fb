"""Pillow's side of bench/read.mjs: on each line of standard input, decodes all files of a folder and brings them to
28 × 28 in grey, with a process a core, and answers with the seconds that took.

    read_peer.py FOLDER PROCESSES
"""

import json
import sys
import time
from multiprocessing import Pool
from pathlib import Path

import PIL
from PIL import Image

SIDE = 28
FILES_AT_ONCE = 64


def read(path):
    with Image.open(path) as image:
        # A JPEG may be decoded at a fraction of its size.
        image.draft("L", (SIDE, SIDE))
        return image.convert("L").resize((SIDE, SIDE), Image.LANCZOS).tobytes()


def main():
    folder, processes = Path(sys.argv[1]), int(sys.argv[2])
    files = sorted(str(path) for path in folder.iterdir())
    with Pool(processes) as pool:
        print(json.dumps({"version": PIL.__version__}), flush=True)
        for _ in sys.stdin:
            start = time.perf_counter()
            count = sum(len(pixels) == SIDE * SIDE for pixels in pool.imap(read, files, FILES_AT_ONCE))
            print(json.dumps({"seconds": time.perf_counter() - start, "images": count}), flush=True)


main()
