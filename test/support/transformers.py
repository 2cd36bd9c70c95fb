"""What Hugging Face's (slow) image processors compute, written from their documentation in Pillow and numpy.

    transformers.py CASES.json OUT   cases: [[config, [path, …]], …] → OUT/<case>-<picture>.npy, float32 (3, height, width)
"""

import json
import math
import sys

import numpy as np
from PIL import Image


def resize(image, size, resample):
    """Across first, as every Pillow before 13.0 does it; that one picks the order by the sizes."""
    return image.resize((size[0], image.height), resample).resize(size, resample)


def resized(image, config):
    size, resample = config["size"], config["resample"]
    width, height = image.size
    if isinstance(size, int):
        size = {"shortest_edge": size} if config.get("do_center_crop") else {"height": size, "width": size}
    if "crop_pct" in config and size["shortest_edge"] < 384:
        size = {"shortest_edge": int(size["shortest_edge"] / config["crop_pct"])}
    elif "crop_pct" in config:
        size = {"height": size["shortest_edge"], "width": size["shortest_edge"]}
    if "height" in size:
        return resize(image, (size["width"], size["height"]), resample)
    if "shortest_edge" in size:
        short, long = (width, height) if width <= height else (height, width)
        new_short, new_long = size["shortest_edge"], int(size["shortest_edge"] * long / short)
        most = size.get("longest_edge")
        if most is not None and new_long > most:
            new_short, new_long = int(most * new_short / new_long), most
        return resize(image, (new_short, new_long) if width <= height else (new_long, new_short), resample)
    scale = size["longest_edge"] / max(height, width)
    return resize(image, (int(width * scale + 0.5), int(height * scale + 0.5)), resample)


def cropped(values, size):
    """The middle of (height, width, 3); zeros around what is smaller."""
    rows, columns = (size["height"], size["width"]) if isinstance(size, dict) else (size, size)
    height, width = values.shape[:2]
    top, left = (height - rows) // 2, (width - columns) // 2
    new = np.zeros((max(rows, height), max(columns, width), 3), values.dtype)
    down, across = math.ceil((new.shape[0] - height) / 2), math.ceil((new.shape[1] - width) / 2)
    new[down : down + height, across : across + width] = values
    top, left = top + down, left + across
    return new[max(0, top) : min(new.shape[0], top + rows), max(0, left) : min(new.shape[1], left + columns)]


def processed(path, config):
    image = Image.open(path).convert("RGB")
    if config.get("do_resize", True):
        image = resized(image, config)
    values = np.asarray(image)
    if config.get("do_center_crop"):
        values = cropped(values, config.get("crop_size") or config["size"])
    elif "crop_pct" in config:
        values = cropped(values, config["size"]["shortest_edge"])
    values = values.astype(np.float64)
    if config.get("do_rescale", True):
        values = values * config.get("rescale_factor", 1 / 255)
    if config.get("rescale_offset"):
        values = values - 1
    if config.get("do_normalize", True):
        values = (values - np.array(config["image_mean"])) / np.array(config["image_std"])
    if config.get("do_pad"):
        padded = np.zeros((config["pad_size"]["height"], config["pad_size"]["width"], 3))
        padded[: values.shape[0], : values.shape[1]] = values
        values = padded
    return values.transpose(2, 0, 1).astype(np.float32)


for case, (config, paths) in enumerate(json.load(open(sys.argv[1]))):
    for index, path in enumerate(paths):
        np.save(f"{sys.argv[2]}/{case}-{index}.npy", processed(path, config))
