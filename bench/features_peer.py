"""Deskewing, Hellinger HOG and principal components in PyTorch and numpy: what kindred's features are checked
against (test/recorded/record_features.py) and timed against.

features_peer.py IMAGES THREADS: IMAGES is an IDX file; then one JSON request a line on standard input, {"count"};
one JSON answer a line, {"seconds", "variance"}: both views of the first `count` images to 64 components each.
"""

import json
import sys
import time

import numpy
import torch
import torch.nn.functional as F

COMPONENTS = 64


def deskew(x, block=10000):
    """x float32 (n, 28, 28), 0 ... 1 -> the same deskewed."""
    parts = []
    side = x.shape[1]
    rows, columns = torch.meshgrid(torch.arange(side).float(), torch.arange(side).float(), indexing="ij")
    centre = (side - 1) / 2
    for start in range(0, len(x), block):
        part = x[start : start + block]
        ink = part.sum((1, 2)).clamp_min(1e-6)[:, None, None]
        cy = (part * rows).sum((1, 2), keepdim=True) / ink
        cx = (part * columns).sum((1, 2), keepdim=True) / ink
        dy, dx = rows[None] - cy, columns[None] - cx
        vyy = (part * dy * dy).sum((1, 2), keepdim=True) / ink
        vxy = (part * dx * dy).sum((1, 2), keepdim=True) / ink
        shear = vxy / vyy.clamp_min(1e-6)
        sy = cy + (rows - centre)[None]
        sx = cx + (columns - centre)[None] + shear * (rows - centre)[None]
        grid = torch.stack([sx / (side - 1) * 2 - 1, (sy / (side - 1) * 2 - 1).expand_as(sx)], -1)
        options = dict(mode="bilinear", padding_mode="zeros", align_corners=True)
        parts.append(F.grid_sample(part[:, None], grid, **options)[:, 0])
    return torch.cat(parts)


def hog(x, sigma=0.7, directions=8, block=5000, offset=1e-3):
    """x float32 (n, 28, 28), 0 ... 1 -> (n, 392)."""
    parts = []
    radius = int(3 * sigma + 0.5)
    kernel = torch.exp(-torch.arange(-radius, radius + 1).float() ** 2 / (2 * sigma * sigma))
    kernel = kernel / kernel.sum()
    for start in range(0, len(x), block):
        part = x[start : start + block, None]
        part = F.conv2d(F.pad(part, (radius, radius, 0, 0)), kernel[None, None, None, :])
        part = F.conv2d(F.pad(part, (0, 0, radius, radius)), kernel[None, None, :, None])
        padded = F.pad(part, (1, 1, 1, 1), mode="replicate")
        gx = (padded[:, 0, 1:-1, 2:] - padded[:, 0, 1:-1, :-2]) / 2
        gy = (padded[:, 0, 2:, 1:-1] - padded[:, 0, :-2, 1:-1]) / 2
        length = (gx * gx + gy * gy).sqrt()
        angle = torch.atan2(gy, gx) % (2 * numpy.pi) / (2 * numpy.pi) * directions
        low = angle.floor()
        share = angle - low
        low = low.long() % directions
        maps = torch.zeros(len(part), directions, *gx.shape[1:])
        maps.scatter_add_(1, low[:, None], (length * (1 - share))[:, None])
        maps.scatter_add_(1, ((low + 1) % directions)[:, None], (length * share)[:, None])
        cells = F.avg_pool2d(maps, 7, 4, padding=2).flatten(1)
        parts.append((cells / (cells.norm(dim=1, keepdim=True) + offset)).clamp_min(0).sqrt())
    return torch.cat(parts)


def principal_components(x, dimensions):
    """x float32 (n, columns) -> x projected (n, dimensions), and the variances of the components."""
    centred = x - x.mean(0)
    covariance = centred.T @ centred / len(x)
    values, vectors = numpy.linalg.eigh(covariance.astype(numpy.float64))
    leading = vectors[:, ::-1][:, :dimensions].astype(numpy.float32)
    return numpy.ascontiguousarray(centred @ leading), values[::-1][:dimensions]


def read_images(path, count):
    """-> float32 (count, 28, 28), 0 ... 1."""
    with open(path, "rb") as file:
        pixels = numpy.frombuffer(file.read(16 + count * 784), numpy.uint8, offset=16)
    return torch.from_numpy(pixels.reshape(-1, 28, 28).astype(numpy.float32) / 255)


def main():
    path, threads = sys.argv[1], int(sys.argv[2])
    torch.set_num_threads(threads)
    print(json.dumps({"version": torch.__version__}), flush=True)
    for line in sys.stdin:
        images = read_images(path, json.loads(line)["count"])
        start = time.perf_counter()
        variance = []
        for view in (lambda x: x, deskew):
            _, values = principal_components(hog(view(images)).numpy(), COMPONENTS)
            variance.append(float(values.sum()))
        print(json.dumps({"seconds": time.perf_counter() - start, "variance": variance}), flush=True)


if __name__ == "__main__":
    with torch.no_grad():
        main()
