"""The baseline of bench/convolution: the convolutional classifier without spikes in torch, float32, one thread.

Clipped ReLUs and average pools after convolutions of 16 and 32 channels, 128 dense neurons, Adam. Prints the images/s of the
fastest form: of inference in batches of 64 and 512, of training steps of 64 images, each with either layout of memory.
"""
import argparse
import json
import time

import torch
from torch import nn

from second_classifier import file_of, read_images, read_labels

BATCH = 64
IMAGES = 2048
LAYOUTS = {"contiguous": torch.contiguous_format, "channels last": torch.channels_last}


def network(layout):
    torch.manual_seed(1)
    def clip():
        return nn.Hardtanh(0.0, 1.0)

    return nn.Sequential(nn.Conv2d(1, 16, 5), clip(), nn.AvgPool2d(2), nn.Conv2d(16, 32, 5), clip(), nn.AvgPool2d(2), nn.Flatten(),
                         nn.Linear(32 * 16, 128), clip(), nn.Linear(128, 10)).to(memory_format=LAYOUTS[layout])


def images_per_second(run, images):
    """By processor time, of the second of two calls."""
    run()
    begin = time.process_time()
    run()
    return images / (time.process_time() - begin)


def inference(images, layout, batch, traced):
    net = network(layout).eval()
    parts = [part.to(memory_format=LAYOUTS[layout]) for part in images.split(batch)]
    with torch.inference_mode():
        if traced:
            net = torch.jit.optimize_for_inference(torch.jit.trace(net, parts[0]))
        return images_per_second(lambda: [net(part) for part in parts], len(images))


def training(images, labels, layout):
    net = network(layout)
    adam = torch.optim.Adam(net.parameters(), 2e-3)
    order = torch.randperm(len(images)).split(BATCH)

    def run():
        for batch in order:
            adam.zero_grad()
            nn.functional.cross_entropy(net(images[batch].to(memory_format=LAYOUTS[layout])), labels[batch]).backward()
            adam.step()

    return images_per_second(run, len(images))


def main():
    line = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    line.add_argument("--data", required=True, help="MNIST's four files")
    options = line.parse_args()
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)  # as in ann_gan.py
    images = read_images(file_of(options.data, "train-images-idx3-ubyte"))[:IMAGES]
    labels = read_labels(file_of(options.data, "train-labels-idx1-ubyte"))[:IMAGES]
    run = {f"batch {batch}, {layout}{', traced' if traced else ''}": inference(images, layout, batch, traced)
           for batch in (BATCH, 512) for layout in LAYOUTS for traced in (False, True)}
    steps = {layout: training(images, labels, layout) for layout in LAYOUTS}
    print(json.dumps({"run": max(run.values()), "training": max(steps.values()), "all": {"run": run, "training": steps}}))


if __name__ == "__main__":
    main()
