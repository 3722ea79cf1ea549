"""Explanations: equal to those of the command's debugger, and hand-computed ones."""

import json
import math

import numpy as np
import pytest

import firstspike as fs


@pytest.fixture(scope="module")
def session(trained, command, files, tmp_path_factory):
    """Answers of the debugger about test image 3, by the line asked."""
    folder = tmp_path_factory.mktemp("inspect")
    trained.save(folder / "model.h5")

    def ask(*lines):
        (folder / "script").write_text("\n".join(["run", *lines]) + "\n")
        out = command(
            "inspect", "--model", folder / "model.h5", "--images", files[2], "--index", 3, "--json", "--script",
            folder / "script",
        )  # fmt: skip
        return [json.loads(line) for line in out.splitlines()][2:]

    return ask


@pytest.fixture(scope="module")
def record(trained, digits):
    return trained.simulate(digits[2], potentials=True)


def as_time(value):
    return math.inf if value is None else value


def test_why_equals_the_debuggers(trained, record, session):
    fired = [f"{name}:{i}" for name in ("hidden", "output") for i in np.flatnonzero(np.isfinite(record[name][3]))]
    answers = session(*(f"why {neuron}" for neuron in fired))
    assert len(answers) == len(fired) > 5
    for neuron, expected in zip(fired, answers, strict=True):
        found = fs.explain(trained, record, neuron, sample=3)
        assert (found.neuron, found.spike_time, found.v_m, found.v_th) == (
            neuron, expected["spike_time"], expected["v_m"], expected["v_th"],
        )  # fmt: skip
        assert found.spike_time == record[neuron.split(":")[0]][3][int(neuron.split(":")[1])]
        assert (found.critical, found.without_critical) == (expected["critical"], as_time(expected["without_critical"]))
        assert found.t_fire == as_time(expected["t_fire"])
        assert [vars(c) for c in found.causes] == expected["causes"]
        assert [vars(s) for s in found.critical_chain] == [
            {"neuron": s["neuron"], "time": s["spike_time"]} for s in expected["critical_chain"]
        ]
        assert [vars(r) for r in found.given] == expected["given"]


def test_why_not_equals_the_debuggers(trained, record, session):
    silent = [f"hidden:{i}" for i in np.flatnonzero(np.isinf(record["hidden"][3]))]
    answers = session(*(f"why-not {neuron}" for neuron in silent))
    assert len(answers) == len(silent) > 3
    times = ("t_fire", "predicted", "would_fire", "without_holder")
    for neuron, expected in zip(silent, answers, strict=True):
        found = vars(fs.why_not(trained, record, ("hidden", int(neuron.split(":")[1])), sample=3))
        assert expected.pop("command") == "why-not"
        assert found == {k: as_time(v) if k in times else v for k, v in expected.items()}


def test_what_if_equals_the_debuggers(trained, record, session):
    fired = int(np.flatnonzero(np.isfinite(record["hidden"][3]))[0])
    hidden = f"hidden:{fired}"
    changes = {
        f"without {hidden}": dict(without=hidden),
        f"with {hidden}=400": dict(spike=(hidden, 400)),
        f"weight {hidden} output:2 -9.5": dict(weight=(hidden, "output:2", -9.5)),
    }
    answers = session(*changes)
    for (line, change), expected in zip(changes.items(), answers, strict=True):
        found = fs.what_if(trained, record, 3, **change)
        assert [(c.neuron, c.before, c.after) for c in found.changed] == [
            (c["neuron"], as_time(c["before"]), as_time(c["after"])) for c in expected["changed"]
        ], line
        assert {k: vars(v) for k, v in found.layers.items()} == expected["layers"]
        for decision, same in ((found.before, expected["decision_before"]), (found.after, expected["decision"])):
            assert (f"output:{decision.output}", decision.time) == (same["output"], as_time(same["time"]))
        assert found.changed


def test_a_spike_of_two_causes_by_hand():
    # v_m = 0.5 t + 0.25 (t - 2) = 1.5 at 8/3: shares 0.5 (8/3) / 1.5 = 8/9 and 0.25 (2/3) / 1.5 = 1/9. Without the
    # second spike 0.5 t = 1.5 at t = 3.
    net = fs.Network()
    net.add_source("in", 2)
    net.add_neurons("out", 1, v_th=1.5)
    net.connect("in", "out", [[0.5], [0.25]], kernel="ramp")
    record = fs.simulate(net, [[0, 2]], t_max=100)
    why = fs.explain(net, record, "out:0")
    assert (why.spike_time, why.critical, why.without_critical) == (8 / 3, "in:1", 3)
    assert [(c.pre, c.arrival, c.weight) for c in why.causes] == [("in:0", 0, 0.5), ("in:1", 2, 0.25)]
    assert why.causes[0].share == pytest.approx(8 / 9) and why.causes[1].share == pytest.approx(1 / 9)
    without = fs.what_if(net, record, without=("in", 0))
    # 0.25 (t - 2) = 1.5 at t = 8.
    assert [(c.neuron, c.before, c.after) for c in without.changed] == [("in:0", 0, np.inf), ("out:0", 8 / 3, 8)]
    assert (without.before.time, without.after.time) == (8 / 3, 8)
    assert fs.what_if(net, record, weight=("in:0", "out:0", 1)).replaced_weights == (0.5,)
    silent = fs.simulate(net, [[np.inf, np.inf]], t_max=100)
    assert fs.why_not(net, silent, "out:0").stopped_by == "nothing_arrived"


def test_wrong_questions_are_refused(trained, record):
    silent = int(np.flatnonzero(np.isinf(record["hidden"][3]))[0])
    fired = int(np.flatnonzero(np.isfinite(record["hidden"][3]))[0])
    for ask in (
        lambda: fs.explain(trained, record, f"hidden:{silent}", 3),
        lambda: fs.explain(trained, record, "hidden:4000"),
        lambda: fs.explain(trained, record, "nowhere:0"),
        lambda: fs.explain(trained, record, 7),
        lambda: fs.explain(trained, record, "input:0"),
        lambda: fs.explain(trained, record, "output:0", 100),
        lambda: fs.explain(trained, record.times, "output:0"),
        lambda: fs.explain("model", record, "output:0"),
        lambda: fs.why_not(trained, record, f"hidden:{fired}", 3),
        lambda: fs.what_if(trained, record),
        lambda: fs.what_if(trained, record, without="hidden:0", spike=("hidden:0", 1)),
        lambda: fs.what_if(trained, record, spike=("hidden:0", -1)),
        lambda: fs.what_if(trained, record, weight=("hidden:0", "input:0", 1)),
    ):
        with pytest.raises(ValueError) as refused:
            ask()
        assert "\n" not in str(refused.value)
