"""snnTorch: a loop over time steps, on batches of images, in f32 and one thread.

The neurons are Leaky without leak (beta 1) and without reset. So their output is 1 from the first crossing on, and a mask reduces
it to the first spike. Spikes reach the next layer one time step later.
"""
import snntorch
import torch

from work import T_MAX, V_TH, fastest_batch, whole_steps, with_silence

BATCHES = (16, 64, 256)


def prepare(weights, times, folder, form):
    torch.set_num_threads(1)
    times = torch.tensor(whole_steps(times))
    linear, neurons = [], []
    for w in weights:
        linear.append(torch.nn.Linear(w.shape[1], w.shape[0], bias=False))
        linear[-1].weight.data = torch.tensor(w, dtype=torch.float32)
        neurons.append(snntorch.Leaky(beta=1.0, threshold=V_TH, reset_mechanism="none"))

    @torch.inference_mode()
    def simulate(first, last):
        steps = times[first:last]
        pixels = torch.zeros(T_MAX + 1, *steps.shape).scatter_(0, steps.unsqueeze(0), 1)
        potential = [layer.init_leaky() for layer in neurons]
        fired = [torch.zeros(len(steps), len(w)) for w in weights]
        silent_steps = [torch.zeros(len(steps), len(w)) for w in weights]  # steps before the first spike
        arriving = torch.zeros_like(fired[0])  # the hidden spikes of the step before
        for t in range(T_MAX):
            output, potential[1] = neurons[1](linear[1](arriving), potential[1])
            hidden, potential[0] = neurons[0](linear[0](pixels[t]), potential[0])
            # Without reset the potential may fall below the threshold again, so earlier spikes are kept.
            before = fired[0]
            fired = [torch.maximum(old, new) for old, new in zip(fired, (hidden, output))]
            arriving = fired[0] - before
            for count, f in zip(silent_steps, fired):
                count += 1 - f
        return [torch.clamp(count + 1, max=T_MAX) for count in silent_steps]

    batch = fastest_batch(simulate, len(times), BATCHES)

    def run():
        layers = zip(*(simulate(first, first + batch) for first in range(0, len(times), batch)))
        return [with_silence(torch.cat(layer)) for layer in layers]

    return run, f"batch {batch}"
