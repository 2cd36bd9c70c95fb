#!/bin/bash
# Installs the real readers and writers that some tests compare against: Python with TensorBoard, ONNX Runtime, pandas, Arrow
# and scikit-learn, in an environment of their own. Does nothing where they are there already.
#   usage: scripts/install-peers.sh        KINDRED_PEERS=DIR chooses another folder
set -euo pipefail

folder=${KINDRED_PEERS:-$HOME/.cache/kindred-peers}
packages=(
  tensorboard==2.21.0
  onnxruntime==1.32.0
  onnx==1.23.2
  numpy==2.4.6
  pandas==3.1.1
  pyarrow==26.0.1
  scikit-learn==1.9.1
)

# The list itself is the mark of a finished installation: another version here installs again.
mark=$folder/kindred-peers.txt
if [ -x "$folder/bin/python" ] && [ "$(cat "$mark" 2>/dev/null)" = "${packages[*]}" ]; then
  echo "peers: ready in $folder"
  exit 0
fi

echo "peers: installing ${packages[*]} in $folder"
[ -x "$folder/bin/python" ] || "${PYTHON:-python3}" -m venv "$folder"
"$folder/bin/python" -m pip install --quiet --disable-pip-version-check --no-input "${packages[@]}"
"$folder/bin/python" -c 'import tensorboard, onnxruntime, onnx, numpy, pandas, pyarrow, sklearn'
echo "${packages[*]}" >"$mark"
echo "peers: ready in $folder"
