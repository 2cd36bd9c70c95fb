"""PyTorch's side of bench/heads.mjs: the same heads, rounds and targets.

heads_peer.py FOLDER THREADS COUNT COLUMNS KINDS: then a line on standard input for each training of three pairs; the answer
has its "seconds" and the share of the planted kinds that was "found".
"""

import json
import sys
import time

import numpy
import torch
from torch import nn

PAIRS, ROUNDS, PASSES, BATCH, HIDDEN, SMOOTHING = 3, 6, 6, 256, 256, 0.05

folder = sys.argv[1]
threads, n, columns, k = map(int, sys.argv[2:6])
torch.set_num_threads(threads)
torch.set_flush_denormal(True)


def read(name, kind):
    return numpy.fromfile(f"{folder}/{name}", kind)


x = torch.from_numpy(read("data", numpy.float32).reshape(n, columns))
assignment, planted = (read(name, numpy.int32).astype(numpy.int64) for name in ("assignment", "planted"))
vote = read("vote", numpy.float32)
offsets, neighbours, weights = read("offsets", numpy.int32), read("neighbours", numpy.int32), read("weights", numpy.float32)
start_of = torch.from_numpy(offsets.astype(numpy.int64))
graph = torch.sparse_csr_tensor(start_of, torch.from_numpy(neighbours.astype(numpy.int64)), torch.from_numpy(weights), (n, n))
degree = graph @ torch.ones(n, 1)


def head():
    first, last = nn.Linear(columns, HIDDEN), nn.Linear(HIDDEN, k)
    nn.init.normal_(first.weight, 0, (2 / columns) ** 0.5)
    nn.init.normal_(last.weight, 0, (1 / HIDDEN) ** 0.5)
    nn.init.zeros_(first.bias)
    nn.init.zeros_(last.bias)
    return nn.Sequential(nn.Dropout(0.3), first, nn.GELU(), last)


def pair():
    order = torch.randperm(n)
    halves = order[: n // 2], order[n // 2 :]
    kept = torch.from_numpy(vote >= numpy.quantile(vote, 0.5))
    targets, posteriors = torch.from_numpy(assignment), None
    heads = head(), head()
    optimizers = [torch.optim.AdamW(each.parameters(), lr=0.002, weight_decay=0.01) for each in heads]
    for _ in range(ROUNDS):
        for half, network, optimizer in zip(halves, heads, optimizers):
            network.train()
            own = half[kept[half]]
            for _ in range(PASSES):
                for batch in own[torch.randperm(len(own))][: len(own) // BATCH * BATCH].split(BATCH):
                    loss = nn.functional.cross_entropy(network(x[batch]), targets[batch], label_smoothing=SMOOTHING)
                    optimizer.zero_grad(set_to_none=True)
                    loss.backward()
                    optimizer.step()
        said = torch.empty(n, k)
        with torch.no_grad():
            for half, network in zip(halves[::-1], heads):
                network.eval()
                said[half] = network(x[half]).softmax(1)
        posteriors = said if posteriors is None else (posteriors + said) / 2
        mixed = (posteriors + graph @ posteriors / degree) / 2
        sureness, targets = mixed.max(1)
        kept = sureness > 0.5
    return mixed


print(json.dumps({"version": torch.__version__}), flush=True)
for _ in sys.stdin:
    torch.manual_seed(0)
    start = time.perf_counter()
    found = sum(pair() for _ in range(PAIRS)).argmax(1).numpy()
    seconds = time.perf_counter() - start
    print(json.dumps({"seconds": seconds, "found": float((found == planted).mean())}), flush=True)
