"""`firstspike evaluate` on the weights that S4NN's authors published, against known figures.

Usage: command_reference_test.py PATH_OF_FIRSTSPIKE SHARED. Exit 77 where SHARED lacks the weights or MNIST.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

KNOWN = {"images": 10000, "accuracy": 0.9623, "accuracy_ties_counted": 0.9669, "no_spike": 80,
         "decision_time": 83.1641, "spikes_to_decision": 173.8313, "spikes_full": 262.9998}


def main(binary, shared):
    try:
        import h5py
    except ImportError as missing:
        return f"skipped: {missing}"
    import command_files as files

    weights, mnist = shared / "reference/s4nn/s4nn_mnist.h5", shared / "data/mnist"
    for needed in (weights, mnist / "t10k-images-idx3-ubyte.gz", mnist / "t10k-labels-idx1-ubyte.gz"):
        if not needed.exists():
            return f"skipped: {needed} is not there"
    with tempfile.TemporaryDirectory() as folder, h5py.File(weights) as f:
        model = files.write_model(pathlib.Path(folder) / "s4nn.h5", [f["hidden_weights"][()], f["output_weights"][()]],
                                  threshold=100.0, labels=f["digit_of_output"][()])
        for engine in ("heap", "sweep"):
            run = [binary, "evaluate", "--model", model, "--data", mnist, "--precision", "f64", "--json", "--engine",
                   engine]
            result = json.loads(subprocess.run(run, check=True, capture_output=True, text=True).stdout)
            print(engine, result)
            for key, value in KNOWN.items():
                assert abs(result[key] - value) < 1e-9, f"{key} = {result[key]}, known: {value}"
    return None


if __name__ == "__main__":
    reason = main(sys.argv[1], pathlib.Path(sys.argv[2]))
    if reason:
        print(reason)
    sys.exit(77 if reason else 0)
