"""Two views of every image as points: Hellinger HOG of the image as it is and of it deskewed, PCA to 64.

HOG: Dalal & Triggs, "Histograms of oriented gradients for human detection", CVPR 2005. The square root
(Hellinger's kernel): Arandjelović & Zisserman, "Three things everyone should know", CVPR 2012.
"""

import numpy as np
import torch
from torch.nn import functional

ORIENTATIONS = 8
BLUR, BLUR_RADIUS = 0.7, 2
POOL, STRIDE, PADDING = 7, 4, 2
COMPONENTS = 64
BATCH = 5000
"""Images at once: the orientation planes of a batch take 125 MB."""


def two_views(images):
    """images (n,28,28) uint8 → two arrays (n,64) of points."""
    scaled = torch.from_numpy(images.astype(np.float32) / 255)
    return [principal_components(in_batches(hellinger_hog, view)) for view in (scaled, in_batches(deskew, scaled))]


def in_batches(compute, images):
    return torch.cat([compute(batch) for batch in images.split(BATCH)])


def deskew(images):
    """images (n,h,w) 0..1 → the same, centroid in the middle, sheared along x until x and y are uncorrelated."""
    _, height, width = images.shape
    rows, columns = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    mass = images.sum((1, 2)).clamp_min(1e-6)

    def mean(values):
        return ((images * values).sum((1, 2)) / mass)[:, None, None]

    centre_y, centre_x = mean(rows), mean(columns)
    off_y, off_x = rows - centre_y, columns - centre_x
    slant = mean(off_x * off_y) / mean(off_y * off_y).clamp_min(1e-6)
    from_middle_y, from_middle_x = rows - (height - 1) / 2, columns - (width - 1) / 2
    source_y = (centre_y + from_middle_y).expand_as(images)
    source_x = centre_x + from_middle_x + slant * from_middle_y
    grid = torch.stack([2 * source_x / (width - 1) - 1, 2 * source_y / (height - 1) - 1], dim=-1)
    sampled = functional.grid_sample(images[:, None], grid, padding_mode="zeros", align_corners=True)
    return sampled[:, 0]


def hellinger_hog(images):
    """images (n,28,28) 0..1 → (n,392): signed orientations of the blurred image, pooled 7×7, square root."""
    padded = functional.pad(blur(images[:, None]), (1, 1, 1, 1), mode="replicate")
    slope_x = (padded[:, 0, 1:-1, 2:] - padded[:, 0, 1:-1, :-2]) / 2
    slope_y = (padded[:, 0, 2:, 1:-1] - padded[:, 0, :-2, 1:-1]) / 2
    magnitude = (slope_x * slope_x + slope_y * slope_y).sqrt()
    turn = torch.atan2(slope_y, slope_x) % (2 * np.pi) / (2 * np.pi) * ORIENTATIONS
    below = turn.floor()
    upper_share = turn - below
    lower_bin = below.long() % ORIENTATIONS
    planes = torch.zeros(len(images), ORIENTATIONS, *images.shape[1:])
    planes.scatter_add_(1, lower_bin[:, None], (magnitude * (1 - upper_share))[:, None])
    planes.scatter_add_(1, ((lower_bin + 1) % ORIENTATIONS)[:, None], (magnitude * upper_share)[:, None])
    cells = functional.avg_pool2d(planes, POOL, STRIDE, padding=PADDING).flatten(1)
    return (cells / (cells.norm(dim=1, keepdim=True) + 1e-3)).clamp_min(0).sqrt()


def blur(images):
    """images (n,1,h,w), zero outside."""
    offsets = torch.arange(-BLUR_RADIUS, BLUR_RADIUS + 1).float()
    weights = torch.exp(-(offsets**2) / (2 * BLUR**2))
    weights = weights / weights.sum()
    across = functional.conv2d(images, weights[None, None, None, :], padding=(0, BLUR_RADIUS))
    return functional.conv2d(across, weights[None, None, :, None], padding=(BLUR_RADIUS, 0))


def principal_components(features):
    """features (n,d) → (n,64), C-contiguous float32."""
    values = features.numpy()
    centred = values - values.mean(0)
    covariance = (centred.T @ centred) / len(values)
    _, axes = np.linalg.eigh(covariance.astype(np.float64))
    leading = axes[:, ::-1][:, :COMPONENTS].astype(np.float32)
    return np.ascontiguousarray(centred @ leading)
