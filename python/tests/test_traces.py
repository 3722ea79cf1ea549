"""Traces, exports, reports and replays: equal to those of the command."""

import json
import subprocess

import numpy as np
import pytest

import firstspike as fs


@pytest.fixture(scope="module")
def folder(trained, digits, command, files, tmp_path_factory):
    """A trace by the package, own.h5, and the command's of the same run, command.h5."""
    folder = tmp_path_factory.mktemp("traces")
    trained.save(folder / "model.h5")
    fs.write_trace(folder / "own.h5", trained.simulate(digits[2], digits[3]), model=trained, metadata={"note": "mine"})
    command(
        "simulate", "--model", folder / "model.h5", "--images", files[2], "--labels", files[3], "--trace",
        folder / "command.h5",
    )  # fmt: skip
    return folder


def test_a_trace_holds_the_record(folder, trained, digits):
    record = trained.simulate(digits[2])
    for name in ("own.h5", "command.h5"):
        trace = fs.read_trace(folder / name)
        np.testing.assert_array_equal(trace.record(trained.network).times, record.times)
        np.testing.assert_array_equal(trace.labels, digits[3])
        assert len(trace["hidden"]) == 100 and trace["hidden"].size == 40
        assert (trace["hidden"].t_start, trace["hidden"].t_stop) == (0, 768)
        np.testing.assert_array_equal(trace["hidden"].times(), record["hidden"])
    assert fs.read_trace(folder / "own.h5").metadata["note"] == "mine"
    assert "40 neurons, 100 samples" in repr(fs.read_trace(folder / "own.h5"))


def test_the_command_finds_no_difference_between_the_traces(folder, command):
    command("trace", "validate", folder / "own.h5")
    assert command.json("trace", "diff", folder / "own.h5", folder / "command.h5")


def test_descriptions_equal_those_of_the_command(folder, command):
    for name in ("own.h5", "command.h5"):
        (expected,) = command.json("trace", "info", folder / name)["files"]
        found = fs.describe_trace(folder / name)
        assert found == expected and list(found) == list(expected)
        assert len(found["labels"]) == 100 and found["models"] == (["model"] if name == "own.h5" else [])
    assert fs.validate_trace(folder / "own.h5") is None


@pytest.mark.parametrize("how", [{}, {"tolerance": 2.0}, {"list": 0}, {"list": 3, "tolerance": 0.25}], ids=str)
def test_differences_equal_those_of_the_command(how, folder, trained, digits, command, tmp_path):
    record = trained.simulate(digits[2], digits[3])
    times = record.times.copy()
    hidden, output = record.populations["hidden"], record.populations["output"]
    times[:, hidden] += np.where(np.isfinite(times[:, hidden]), np.arange(40) % 3 / 2, 0)
    times[3, output] = np.inf
    silent = np.argwhere(np.isinf(record.times[:, hidden]))[:7]
    times[silent[:, 0], hidden.start + silent[:, 1]] = 400
    moved = {n: s for n, s in record.populations.items() if n != "input"}
    order = np.concatenate([np.arange(s.start, s.stop) for s in moved.values()])
    ends = np.cumsum([s.stop - s.start for s in moved.values()])
    columns = {n: slice(int(e) - (s.stop - s.start), int(e)) for (n, s), e in zip(moved.items(), ends, strict=True)}
    fs.write_trace(tmp_path / "b.h5", fs.SpikeRecord(times[:, order], columns, record.t_max))
    a, b = folder / "own.h5", tmp_path / "b.h5"
    arguments = [part for name, value in how.items() for part in (f"--{name}", value)]
    done = subprocess.run([command.path, *map(str, ["trace", "diff", a, b, "--json", *arguments])], capture_output=True)
    assert done.returncode == 1
    found = fs.diff_traces(a, b, **how)
    assert found == json.loads(done.stdout) and found["same"] is False
    kinds = {p["name"]: p for p in found["populations"]}
    assert kinds["input"]["in"] == "a" and kinds["hidden"]["in"] == "both"
    assert kinds["hidden"]["appeared"] == 7 and kinds["output"]["vanished"] > 0
    assert (kinds["hidden"]["moved"] > 0) == (how.get("tolerance", 0) < 1)


def test_equal_traces_do_not_differ(folder, command):
    found = fs.diff_traces(folder / "own.h5", folder / "command.h5")
    assert found == command.json("trace", "diff", folder / "own.h5", folder / "command.h5") and found["same"] is True


def test_traces_of_neurons_that_fire_again(command, tmp_path):
    import h5py

    for name, late in (("a.h5", 4.0), ("b.h5", 3.0)):
        with h5py.File(tmp_path / name, "w") as file:
            spikes = file.create_group("spikes/cells")
            spikes["node_ids"] = np.array([2, 0, 2], dtype=np.uint64)
            spikes["timestamps"] = np.array([0.5, 1.5, late])
    a, b = tmp_path / "a.h5", tmp_path / "b.h5"
    for call in (lambda: fs.describe_trace(a), lambda: fs.validate_trace(a), lambda: fs.diff_traces(a, b)):
        with pytest.raises(OSError, match="more than once|twice|again"):
            call()
    found = fs.diff_traces(a, b, first_spikes=True)
    assert found == command.json("trace", "diff", a, b, "--first-spikes")
    assert found["same"] is True and found["left_out"] == {"a": 1, "b": 1}
    (expected,) = command.json("trace", "info", a, "--first-spikes")["files"]
    described = fs.describe_trace(a, first_spikes=True)
    # JSON has no infinity.
    assert expected["populations"][0]["t_stop"] is None and described["populations"][0]["t_stop"] == np.inf
    described["populations"][0]["t_stop"] = None
    assert described == expected


def test_a_trace_that_is_not_valid_is_refused_as_by_the_command(folder, command, tmp_path):
    content = bytearray((folder / "own.h5").read_bytes())
    (tmp_path / "cut.h5").write_bytes(content[: len(content) // 2])
    done = subprocess.run([command.path, "trace", "validate", tmp_path / "cut.h5"], capture_output=True, text=True)
    with pytest.raises(OSError) as refused:
        fs.validate_trace(tmp_path / "cut.h5")
    assert done.returncode == 1 and str(refused.value) in done.stderr


def test_a_trace_is_a_table(folder, trained, digits):
    table = fs.read_trace(folder / "own.h5").to_dataframe()
    record = trained.simulate(digits[2])
    assert len(table) == record.counts().sum()
    assert (table["label"] == digits[3][table["sample"]]).all()
    own = record.to_dataframe()
    order = ["sample", "population", "time", "neuron"]
    own["population"] = own["population"].astype(str)
    table["population"] = table["population"].astype(str)
    np.testing.assert_array_equal(
        own.sort_values(order)[["neuron", "time"]].to_numpy(float), table.sort_values(order)[["neuron", "time"]].to_numpy(float)
    )


def test_the_model_in_a_trace_runs(folder, trained, digits):
    trace = fs.read_trace(folder / "own.h5")
    assert trace.models == ("model",)
    np.testing.assert_array_equal(trace.model().simulate(digits[2]).times, trained.simulate(digits[2]).times)
    with pytest.raises(ValueError, match="no model 'x'"):
        trace.model("x")
    with pytest.raises(ValueError, match="no population"):
        trace["x"]


@pytest.mark.parametrize(
    "how",
    [
        dict(format="csv"),
        dict(format="csv", layers=["hidden"], samples=(3, 7), from_=300.0, until=500.0),
        dict(format="sonata", layers=["hidden"]),
        dict(format="nir"),
        dict(format="shd", layer="hidden"),
        dict(format="chrome", most_spikes=500),
        dict(format="membrane", samples=(1, 2), dt=8.0),
    ],
    ids=lambda h: h["format"] + str(len(h)),
)
def test_exports_equal_those_of_the_command(how, folder, command, tmp_path):
    endings = {"csv": "csv", "chrome": "json"}
    ending = endings.get(how["format"], "h5")
    result = fs.export(folder / "own.h5", tmp_path / f"a.{ending}", **how)
    arguments = []
    for name, value in how.items():
        text = ":".join(map(str, value)) if isinstance(value, tuple) else ",".join(value) if isinstance(value, list) else value
        arguments += ["--" + name.strip("_").replace("_", "-"), text]
    command("trace", "export", folder / "own.h5", "--out", tmp_path / f"b.{ending}", *arguments)
    assert result["format"] == how["format"]
    a, b = ((tmp_path / f"{n}.{ending}").read_bytes() for n in "ab")
    if ending != "h5":
        assert a == b
    else:
        assert contents(tmp_path / "a.h5") == contents(tmp_path / "b.h5")


def contents(path):
    import h5py

    found = {}
    with h5py.File(path) as file:
        file.visititems(lambda n, o: found.update({n: np.asarray(o[()]).tolist()}) if isinstance(o, h5py.Dataset) and "metadata" not in n else None)
    assert found
    return str(found)


def test_an_export_as_text_is_returned(folder):
    result = fs.export(folder / "own.h5", format="csv", samples=(0, 1))
    assert result["text"].startswith("sample") and result["text"].count("\n") == result["spikes"] + 1


def test_a_recorded_training_step_is_replayed(digits, tmp_path):
    clf = fs.Classifier(regime="relu", hidden=[20], validation=0, epochs=1)
    clf.fit(*digits[:2], record=tmp_path / "step.h5")
    replayed = fs.replay(tmp_path / "step.h5")
    assert replayed.recorded == replayed.recomputed == clf.gradient_hash_
    assert replayed.trained_by == "train classifier" and replayed.step == clf.metadata["step"]
    assert "second_pass_image" not in fs.read_trace(tmp_path / "step.h5").populations


def test_files_that_are_none_are_os_errors(folder, tmp_path):
    (tmp_path / "text.h5").write_text("no HDF5")
    for call in (
        lambda: fs.read_trace(tmp_path / "none.h5"),
        lambda: fs.describe_trace(tmp_path / "none.h5"),
        lambda: fs.validate_trace(tmp_path / "text.h5"),
        lambda: fs.diff_traces(folder / "own.h5", tmp_path / "text.h5"),
        lambda: fs.read_trace(tmp_path / "text.h5"),
        lambda: fs.load(tmp_path / "none.h5"),
        lambda: fs.load(tmp_path / "text.h5"),
        lambda: fs.load(folder / "own.h5"),
        lambda: fs.load("digits-classifer"),
        lambda: fs.read_network(tmp_path / "text.h5"),
        lambda: fs.export(tmp_path / "none.h5", format="csv"),
        lambda: fs.export(folder / "own.h5", folder / "own.h5", format="csv"),
        lambda: fs.report(tmp_path / "none"),
        lambda: fs.replay(folder / "own.h5"),
        lambda: fs.write_trace(tmp_path / "no" / "such.h5", fs.read_trace(folder / "own.h5").record()),
        lambda: fs.datasets.idx(tmp_path / "text.h5"),
    ):
        with pytest.raises(OSError) as refused:
            call()
        assert "\n" not in str(refused.value) and str(refused.value)
