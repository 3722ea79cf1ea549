"""The baseline of bench/training: a classifier 784-400-10 of ReLU neurons in torch, Adam, float32."""
import argparse
import json
import time

import torch
from torch import nn

from ann_gan import read_images
from second_classifier import read_labels


def main():
    line = argparse.ArgumentParser(description=__doc__)
    line.add_argument("--images", required=True, help="train-images-idx3-ubyte.gz")
    line.add_argument("--labels", required=True, help="train-labels-idx1-ubyte.gz")
    line.add_argument("--count", type=int, default=60000, help="images of the epoch")
    line.add_argument("--batch", type=int, default=64)
    line.add_argument("--threads", type=int, default=1)
    options = line.parse_args()
    torch.set_num_threads(options.threads)
    torch.set_flush_denormal(True)  # as in ann_gan.py
    torch.manual_seed(1)
    images, labels = read_images(options.images), read_labels(options.labels)
    order = torch.randperm(len(images))[: options.count]
    model = nn.Sequential(nn.Linear(784, 400), nn.ReLU(), nn.Linear(400, 10))
    adam = torch.optim.Adam(model.parameters(), 2e-3)
    loss = nn.CrossEntropyLoss()
    warm_up = 10
    for number, batch in enumerate(order.split(options.batch)):
        if number == warm_up:
            begin = time.process_time()
        adam.zero_grad()
        loss(model(images[batch]), labels[batch]).backward()
        adam.step()
    taken = time.process_time() - begin
    print(json.dumps({"images_per_processor_second": (options.count - warm_up * options.batch) / taken}))


if __name__ == "__main__":
    main()
