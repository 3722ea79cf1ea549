"""The baseline: a GAN of ReLU neurons, of the size of the spiking GAN, in torch.

100-400-784 with clipped output, 784-400-1; Adam 1e-3 (generator) and 2e-4 (discriminator), beta1 0.5, batch 64, real
label 0.9. For a pixel outside of [0, 1], only the gradient component that moves it back is propagated. --tuned uses the settings of ours:
batch 32, rates 2e-3 and 4e-4 that fall to 0, beta1 0, samples from the running mean of the weights.
"""
import argparse
import copy
import gzip
import json
import struct
import time

import numpy
import torch
from torch import nn


def read_images(path):
    with gzip.open(path) as file:
        _, count, rows, columns = struct.unpack(">4i", file.read(16))
        pixels = numpy.frombuffer(file.read(), numpy.uint8)
    return torch.from_numpy(pixels.reshape(count, rows * columns).astype(numpy.float32) / 255)


def write_images(path, pixels):
    with open(path, "wb") as file:
        file.write(struct.pack(">4i", 0x803, len(pixels), 28, 28))
        file.write(pixels.clamp(0, 1).mul(255).floor().to(torch.uint8).numpy().tobytes())


class Clip(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.clamp(0, 1)

    @staticmethod
    def backward(ctx, back):
        (x,) = ctx.saved_tensors
        outward = ((x < 0) & (back > 0)) | ((x > 1) & (back < 0))
        return back.masked_fill(outward, 0)


def noise(count, generator):
    return 2 * torch.rand(count, 100, generator=generator) - 1


def train(images, steps, seed, batch, checkpoints, save, tuned):
    torch.manual_seed(seed)
    random = torch.Generator().manual_seed(seed)
    generator = nn.Sequential(nn.Linear(100, 400), nn.ReLU(), nn.Linear(400, 784))
    discriminator = nn.Sequential(nn.Linear(784, 400), nn.ReLU(), nn.Linear(400, 1))
    beta1 = 0.0 if tuned else 0.5
    adam_generator = torch.optim.Adam(generator.parameters(), 2e-3 if tuned else 1e-3, (beta1, 0.999))
    adam_discriminator = torch.optim.Adam(discriminator.parameters(), 4e-4 if tuned else 2e-4, (beta1, 0.999))
    schedules = [torch.optim.lr_scheduler.LambdaLR(adam, lambda step: 1 - step / steps if tuned else 1) for adam in (adam_generator, adam_discriminator)]
    mean = copy.deepcopy(generator)
    loss = nn.BCEWithLogitsLoss()
    seconds = processor_seconds = 0.0
    for step in range(1, steps + 1):
        begin, processor_begin = time.perf_counter(), time.process_time()
        real = images[torch.randint(len(images), (batch,), generator=random)]
        fake = Clip.apply(generator(noise(batch, random)))
        ones, zeros = torch.ones(batch, 1), torch.zeros(batch, 1)
        adam_discriminator.zero_grad()
        (loss(discriminator(real), 0.9 * ones) + loss(discriminator(fake.detach()), zeros)).backward()
        adam_discriminator.step()
        adam_generator.zero_grad()
        loss(discriminator(fake), ones).backward()
        adam_generator.step()
        for schedule in schedules:
            schedule.step()
        with torch.no_grad():
            keep = min(0.999, step / (10 + step)) if tuned else 0
            for average, last in zip(mean.parameters(), generator.parameters()):
                average.lerp_(last, 1 - keep)
        seconds += time.perf_counter() - begin
        processor_seconds += time.process_time() - processor_begin
        if step in checkpoints:
            with torch.no_grad():
                save(step, mean(noise(10000, torch.Generator().manual_seed(seed + 1000))), seconds,
                     processor_seconds)


def main():
    line = argparse.ArgumentParser(description=__doc__)
    line.add_argument("--images", required=True, help="train-images-idx3-ubyte.gz")
    line.add_argument("--out", required=True, help="samples go to OUT-STEP.idx")
    line.add_argument("--steps", type=int, default=10000)
    line.add_argument("--batch", type=int, default=64)
    line.add_argument("--tuned", action="store_true", help="learning rates, moments and running mean as ours")
    line.add_argument("--seed", type=int, default=1)
    line.add_argument("--checkpoints", type=int, default=5, help="how many times samples are written, evenly spaced")
    line.add_argument("--threads", type=int, default=2)
    options = line.parse_args()
    torch.set_num_threads(options.threads)
    torch.set_flush_denormal(True)  # Adam's moments of pixels that are rarely lit become denormals, which are 20 times as slow

    def save(step, pixels, seconds, processor_seconds):
        path = f"{options.out}-{step}.idx"
        write_images(path, pixels)
        print(json.dumps({"step": step, "samples": path, "seconds": seconds,
                          "images_per_second": step * options.batch / seconds,
                          "images_per_processor_second": step * options.batch / processor_seconds}), flush=True)

    marks = {options.steps * k // options.checkpoints for k in range(1, options.checkpoints + 1)}
    train(read_images(options.images), options.steps, options.seed, options.batch, marks, save, options.tuned)


if __name__ == "__main__":
    main()
