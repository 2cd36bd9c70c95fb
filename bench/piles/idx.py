"""IDX files, the format of MNIST: a big-endian header (two zero bytes, type 0x08, number of dimensions, then
each dimension as uint32) followed by unsigned bytes."""

import gzip
import struct
from pathlib import Path

import numpy as np

IMAGES_FILE = "train-images-idx3-ubyte"
LABELS_FILE = "train-labels-idx1-ubyte"


def read_idx(path):
    """The array of uint8 that `path`, or its `.gz` twin, holds."""
    path = Path(path)
    if path.exists():
        content = path.read_bytes()
    else:
        content = gzip.decompress(path.with_name(path.name + ".gz").read_bytes())
    if content[:3] != b"\x00\x00\x08":
        raise SystemExit(f"{path} starts with {content[:4].hex()}, which is no IDX file of unsigned bytes.")
    dimensions = content[3]
    shape = struct.unpack_from(f">{dimensions}I", content, 4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * dimensions).reshape(shape)


def write_idx(path, values):
    """Writes uint8 `values` whole or not at all."""
    assert values.dtype == np.uint8
    path = Path(path)
    part = path.with_name(path.name + ".part")
    header = b"\x00\x00\x08" + struct.pack(f">B{values.ndim}I", values.ndim, *values.shape)
    part.write_bytes(header + np.ascontiguousarray(values).tobytes())
    part.replace(path)


def read_pile(folder):
    """→ images (n,28,28) and labels (n) of a pile folder."""
    folder = Path(folder)
    return read_idx(folder / IMAGES_FILE), read_idx(folder / LABELS_FILE)


def write_pile(folder, images, labels):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    write_idx(folder / IMAGES_FILE, images)
    write_idx(folder / LABELS_FILE, labels)
