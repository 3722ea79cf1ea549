"""torch on batches of images, in f32 and one thread. Potentials of all time steps are a cumulative sum over their inputs.

form dense: the inputs are the product of the weights and spikes as zeros and ones, [image, time step, pre]
form sparse: that array of spikes is a sparse matrix
"""
import warnings

import torch

from work import T_MAX, V_TH, fastest_batch, whole_steps, with_silence

BATCHES = (1, 4, 16, 64)
warnings.filterwarnings("ignore", message="Sparse invariant checks")


def dense_input(steps, w):
    fires = torch.zeros(len(steps), T_MAX + 1, steps.shape[1]).scatter_(1, steps.unsqueeze(1), 1)
    return torch.matmul(fires[:, :T_MAX], w)


def sparse_input(steps, w):
    image, pre = (steps < T_MAX).nonzero(as_tuple=True)
    row = image * T_MAX + steps[image, pre]
    fires = torch.sparse_coo_tensor(torch.stack([row, pre]), torch.ones(len(row)), (len(steps) * T_MAX, len(w)))
    return torch.sparse.mm(fires, w).view(len(steps), T_MAX, -1)


def first_crossing(potential):
    fired, at = (potential > V_TH).to(torch.uint8).max(1)
    return torch.where(fired > 0, at + 1, T_MAX)  # argmax at the last step: T_MAX too, so silent


def prepare(weights, times, folder, form):
    torch.set_num_threads(1)
    weights = [torch.tensor(w, dtype=torch.float32).T.contiguous() for w in weights]
    times = torch.tensor(whole_steps(times))
    layer_input = {"dense": dense_input, "sparse": sparse_input}[form]

    @torch.inference_mode()
    def simulate(first, last):
        layers, steps = [], times[first:last]
        for w in weights:
            steps = first_crossing(layer_input(steps, w).cumsum_(1))
            layers.append(steps)
        return layers

    batch = fastest_batch(simulate, len(times), BATCHES)

    def run():
        layers = zip(*(simulate(first, first + batch) for first in range(0, len(times), batch)))
        return [with_silence(torch.cat(layer)) for layer in layers]

    return run, f"batch {batch}"
