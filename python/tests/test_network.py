"""Networks and their simulation: hand-computed values, all schedulers, and the command."""

import pickle
import resource
import statistics
import threading
import time

import numpy as np
import pytest
import scipy.sparse

import firstspike as fs


def pair(precision="f64", kernel="ramp"):
    """Two sources and one neuron."""
    net = fs.Network(precision)
    a = net.add_source("in", 2)
    b = net.add_neurons("out", 1, v_th=1.5)
    net.connect(a, b, weights=[[0.5], [0.25]], delay=0.0, kernel=kernel)
    return net


def random_chain(precision="f64", seed=1):
    """5-7-3 with dense and sparse projections and a bias neuron."""
    random = np.random.default_rng(seed)
    net = fs.Network(precision)
    net.add_source("in", 5)
    net.add_bias("one", t_fire=2)
    net.add_neurons("hidden", 7, v_th=random.uniform(1, 2, 7))
    net.add_neurons("out", 3, v_th=0.75)
    net.connect("in", "hidden", random.uniform(-0.25, 1, (5, 7)), delay=1)
    net.connect("one", "hidden", np.full((1, 7), 0.125), delay=1)
    weights = random.uniform(0, 1, (7, 3)) * (random.random((7, 3)) < 0.6)
    net.connect("hidden", "out", scipy.sparse.csr_matrix(weights), delay=1)
    return net, weights


def test_a_ramp_neuron_fires_when_its_potential_reaches_the_threshold():
    # 0.5 t + 0.25 (t - 2) = 1.5 at t = 8/3.
    record = fs.simulate(pair(), [[0, 2], [0, np.inf], [np.inf, np.inf]], t_max=100, potentials=True)
    np.testing.assert_array_equal(record.times, [[0, 2, 8 / 3], [0, np.inf, 3], [np.inf, np.inf, np.inf]])
    np.testing.assert_array_equal(record["out"], record.times[:, 2:])
    np.testing.assert_array_equal(record.potentials_of("out"), [[1.5], [1.5], [0]])


def test_a_step_neuron_fires_when_its_potential_exceeds_the_threshold():
    net = fs.Network()
    net.add_source("in", 2)
    net.add_neurons("out", 2, v_th=[0.75, 0.5])
    net.connect("in", "out", np.array([[0.5, 0.5], [0.5, 0.25]], dtype=np.float32), delay=1)
    record = fs.simulate(net, [[3, 5]], t_max=10)
    np.testing.assert_array_equal(record["out"], [[6, 6]])


def test_a_fire_phase_turns_the_potential_into_a_time():
    # V = 0.25 * 4 = 1 at t_fire = 4; the threshold 2 - 0.25 (t - 4) reaches 1 at t = 8.
    net = fs.Network()
    net.add_source("in", 1)
    net.add_neurons("out", 1, v_th=2, t_fire=4, threshold_slope=0.25, t_close=12)
    net.connect("in", "out", [[0.25]], kernel="ramp")
    assert fs.simulate(net, [[0]], t_max=20)["out"][0, 0] == 8


def test_one_sample_may_be_given_as_a_vector():
    assert fs.simulate(pair(), [0, 2], t_max=100).times.shape == (1, 3)


@pytest.mark.parametrize("precision", ["f32", "f64"])
def test_all_schedulers_and_numbers_of_threads_give_the_same_times(precision):
    net, _ = random_chain(precision)
    times = np.random.default_rng(2).integers(0, 20, (200, 5)).astype(float)
    expected = fs.simulate(net, times, t_max=15, scheduler="naive", threads=1, potentials=True)
    assert np.isfinite(expected["out"]).any() and np.isinf(expected["out"]).any()
    for scheduler in ("heap", "sweep", "auto"):
        for threads in (1, 3, None):
            record = fs.simulate(net, times, t_max=15, scheduler=scheduler, threads=threads, potentials=True)
            np.testing.assert_array_equal(record.times, expected.times)
            np.testing.assert_array_equal(record.potentials, expected.potentials)


def test_sparse_synapses_equal_the_dense_ones_whose_other_weights_are_0():
    net, weights = random_chain()
    rows, columns = np.nonzero(weights)
    times = np.random.default_rng(3).integers(0, 20, (50, 5)).astype(float)
    expected = fs.simulate(net, times, t_max=30).times
    kinds = {
        "dense": dict(weights=weights, delay=1),
        "coo": dict(weights=scipy.sparse.coo_matrix(weights), delay=1),
        "csc array": dict(weights=scipy.sparse.csc_array(weights), delay=1),
        "indices": dict(weights=weights[rows, columns], delay=np.ones(len(rows)), indices=(rows, columns)),
    }
    for name, how in kinds.items():
        same, _ = random_chain()
        other = fs.Network()
        for p in same.populations.values():
            if p.kind == "source":
                other.add_source(p.name, p.size)
            elif p.kind == "bias":
                other.add_bias(p.name, p.size, p.t_fire)
            else:
                other.add_neurons(p.name, p.size, p.v_th)
        for pre in ("in", "one"):
            other.connect(pre, "hidden", same.weights(pre, "hidden"), delay=1)
        other.connect("hidden", "out", **how)
        np.testing.assert_array_equal(fs.simulate(other, times, t_max=30).times, expected, err_msg=name)


def test_the_command_gives_the_same_times(command, tmp_path):
    net, _ = random_chain()
    times = np.random.default_rng(4).integers(0, 20, (30, 5)).astype(float)
    record = fs.simulate(net, times, t_max=30)
    net.save(tmp_path / "net.h5")
    source = fs.Network()
    source.add_source("in", 5)
    fs.write_trace(tmp_path / "in.h5", fs.simulate(source, times, t_max=30))
    command(
        "simulate", "--network", tmp_path / "net.h5", "--spikes", tmp_path / "in.h5", "--t-max", "30", "--trace",
        tmp_path / "out.h5",
    )  # fmt: skip
    found = fs.read_trace(tmp_path / "out.h5").record(net)
    np.testing.assert_array_equal(found.times, record.times)


def test_a_network_survives_its_file_and_pickling(tmp_path):
    net, _ = random_chain("f32")
    net.save(tmp_path / "net.h5")
    times = np.random.default_rng(5).integers(0, 20, (20, 5)).astype(float)
    expected = fs.simulate(net, times, t_max=30).times
    for same in (fs.read_network(tmp_path / "net.h5", precision="f32"), pickle.loads(pickle.dumps(net))):
        assert same.precision == "f32"
        assert [(p.name, p.kind, p.size) for p in same.populations.values()] == [
            (p.name, p.kind, p.size) for p in net.populations.values()
        ]
        assert [p.synapses for p in same.projections] == [p.synapses for p in net.projections]
        for a, b in zip(same.synapses("hidden", "out"), net.synapses("hidden", "out"), strict=True):
            np.testing.assert_array_equal(a, b)
        np.testing.assert_array_equal(fs.simulate(same, times, t_max=30).times, expected)


def test_weights_are_a_view_and_are_replaced_as_a_whole():
    net = pair()
    old = net.weights("in", "out")
    np.testing.assert_array_equal(old, [[0.5], [0.25]])
    assert old.base is not None and not old.flags.writeable
    net.set_weights("in", "out", [[1], [0]])
    assert fs.simulate(net, [[0, 2]], t_max=100)["out"][0, 0] == 1.5
    np.testing.assert_array_equal(old, [[0.5], [0.25]])
    with pytest.raises(ValueError, match="weight = nan"):
        net.set_weights("in", "out", [[np.nan], [0]])
    np.testing.assert_array_equal(net.weights("in", "out"), [[1], [0]])
    assert pair("f32").weights("in", "out").dtype == np.float32


def test_nothing_is_copied_where_type_and_layout_allow():
    net = pair()
    record = fs.simulate(net, np.zeros((4, 2)), t_max=100, potentials=True)
    address = record.times.__array_interface__["data"][0]
    assert record["in"].__array_interface__["data"][0] == address
    assert record["out"].__array_interface__["data"][0] == address + 2 * 8
    assert record[1:].times.__array_interface__["data"][0] == address + 3 * 8
    assert record.times.base is not None and not record.times.flags.owndata
    assert net.weights("in", "out").__array_interface__["data"][0] == net.weights("in", "out").__array_interface__["data"][0]


def test_a_view_keeps_the_record_alive():
    view = fs.simulate(pair(), np.tile([0.0, 2.0], (1000, 1)), t_max=100)["out"]
    again = [fs.simulate(pair(), np.zeros((1000, 2)), t_max=100) for _ in range(5)]
    assert len(again) == 5 and (view == 8 / 3).all()


def test_inputs_of_other_types_and_layouts_give_the_same():
    times = np.array([[0, 2], [4, 6]])
    expected = fs.simulate(pair(), times.astype(float), t_max=100).times
    for other in (times, times.astype(np.float32), np.asfortranarray(times.astype(float)), times.tolist(), times.astype(">f8")):
        np.testing.assert_array_equal(fs.simulate(pair(), other, t_max=100).times, expected)
    strided = np.repeat(times.astype(float), 2, axis=1)[:, ::2]
    strided.flags.writeable = False
    np.testing.assert_array_equal(fs.simulate(pair(), strided, t_max=100).times, expected)


def test_two_threads_may_simulate_at_once():
    net, _ = random_chain()
    times = np.random.default_rng(6).integers(0, 20, (2000, 5)).astype(float)
    expected = fs.simulate(net, times, t_max=30).times
    found = {}

    def work(number):
        found[number] = fs.simulate(net, times, t_max=30, scheduler="heap", threads=2).times

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    for i in range(4):
        np.testing.assert_array_equal(found[i], expected)


def test_a_record_as_table_plot_and_pickle():
    import matplotlib

    matplotlib.use("Agg")
    record = fs.simulate(pair(), [[0, 2], [np.inf, 1]], t_max=100)
    table = record.to_dataframe()
    assert table.columns.tolist() == ["sample", "population", "neuron", "time"]
    assert table.values.tolist() == [[0, "in", 0, 0.0], [0, "in", 1, 2.0], [0, "out", 0, 8 / 3], [1, "in", 1, 1.0], [1, "out", 0, 7.0]]
    axes = record.plot_raster(0)
    points = np.concatenate([c.get_offsets() for c in axes.collections])
    np.testing.assert_array_equal(points, [[0, 0], [2, 1], [8 / 3, 2]])
    same = pickle.loads(pickle.dumps(record))
    np.testing.assert_array_equal(same.times, record.times)
    assert same.populations == record.populations and same.t_max == 100
    assert repr(record) == "SpikeRecord(2 samples, in 2, out 1; 5 spikes in [0, 100))"
    assert "<td>out</td><td>1</td><td>2</td>" in record._repr_html_()
    assert record.counts().tolist() == [3, 2]


def test_early_exit_ends_after_the_first_output_spike():
    net, _ = random_chain()
    times = np.random.default_rng(7).integers(0, 20, (50, 5)).astype(float)
    full = fs.simulate(net, times, t_max=30).times
    early = fs.simulate(net, times, t_max=30, early_exit=True).times
    first = full[:, -3:].min(axis=1, keepdims=True)
    np.testing.assert_array_equal(early, np.where(full <= first, full, np.inf))
    assert (early != full).any()


def test_arguments_of_the_right_type_and_layout_are_not_copied():
    from firstspike import _arrays

    times, images = np.zeros((4, 9)), np.zeros((4, 3, 3), dtype=np.uint8)
    for given, taken in (
        (times, _arrays.as_times(times, 9)),
        (images, _arrays.as_images(images)),
        (images, _arrays.as_pixels(images)),
        (times, _arrays.as_weights(times)),
        (times.astype(np.float32), None),
    ):
        taken = _arrays.as_weights(given) if taken is None else taken
        assert taken.__array_interface__["data"][0] == given.__array_interface__["data"][0]
        assert taken.flags.c_contiguous


def test_simulation_costs_what_it_costs_in_the_command(command, tmp_path):
    # Processor time, which other work on the machine changes little. The command's, for all images less that for one,
    # also encodes and counts; it simulates blocks of 64.
    clf = fs.load("digits-classifier")
    images, _ = fs.datasets.strokes("test")
    fs.datasets.write_idx(tmp_path / "x.idx", images)
    clf.save(tmp_path / "m.h5")
    times, network = fs.encode(images.reshape(len(images), -1), clf.t_in), clf.network
    of_files = ["--model", tmp_path / "m.h5", "--images", tmp_path / "x.idx"]

    def seconds_of_command(count):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        command.json("simulate", *of_files, "--threads", 1, "--count", count)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    ratios = []
    for _ in range(7):
        engine = seconds_of_command(len(images)) - seconds_of_command(1)
        start = time.process_time()
        for first in range(0, len(times), 64):
            fs.simulate(network, times[first : first + 64], threads=1)
        ratios.append((time.process_time() - start) / engine)
    assert statistics.median(ratios) < 1.0, ratios


def correlated(image, kernel, stride, padding):
    """The sum of a convolution, channels last, computed by loops: kernel [post, pre, row, column]."""
    image = np.pad(image, ((padding, padding), (padding, padding), (0, 0)))
    rows = (image.shape[0] - kernel.shape[2]) // stride + 1
    columns = (image.shape[1] - kernel.shape[3]) // stride + 1
    out = np.zeros((rows, columns, kernel.shape[0]))
    for r in range(rows):
        for c in range(columns):
            window = image[r * stride : r * stride + kernel.shape[2], c * stride : c * stride + kernel.shape[3]]
            out[r, c] = np.einsum("ijk,okij->o", window, kernel)
    return out


@pytest.mark.parametrize("precision", ["f64", "f32"])
@pytest.mark.parametrize(("stride", "padding", "pool"), [(1, 0, 1), (2, 1, 1), (1, 1, 2)])
def test_a_convolution_adds_what_numpy_adds(precision, stride, padding, pool):
    random = np.random.default_rng(3)
    kernel = random.integers(-8, 8, (3, 2, 3, 3)).astype(float)
    fired = random.random((8, 8, 2)) < 0.5
    pooled = fired.reshape(8 // pool, pool, 8 // pool, pool, 2).mean(axis=(1, 3))
    expected = correlated(pooled, kernel, stride, padding)
    net = fs.Network(precision)
    image = net.add_source("image", (8, 8, 2))
    layer = net.add_neurons("layer", expected.shape, v_th=1e6)
    net.connect_convolution(image, layer, kernel, stride=stride, padding=padding, pool=pool)
    times = np.where(fired.ravel(), 0.0, np.inf)
    record = fs.simulate(net, [times], t_max=10, potentials=True)
    assert (record.potentials[0, image.size :].reshape(expected.shape) == expected).all()
    assert layer.shape == expected.shape and image.shape == (8, 8, 2)
    assert (net.weights(image, layer) == kernel).all()
    projection = net.projections[0]
    assert projection.convolution == fs.Convolution(3, 3, stride, padding, False, pool)
    assert projection.synapses > 100


def test_a_transposed_convolution_is_the_adjoint_of_a_convolution(tmp_path):
    random = np.random.default_rng(4)
    kernel = random.integers(-8, 8, (2, 3, 4, 4)).astype(float)  # [pre, post, row, column]
    net = fs.Network()
    small = net.add_source("small", (5, 5, 2))
    large = net.add_neurons("large", (10, 10, 3), v_th=1e6)
    net.connect_convolution(small, large, kernel, stride=2, padding=1, transposed=True)
    x = random.random((5, 5, 2)) < 0.5
    record = fs.simulate(net, [np.where(x.ravel(), 0.0, np.inf)], t_max=10, potentials=True)
    out = record.potentials[0, small.size :].reshape(10, 10, 3)
    y = random.integers(-4, 4, (10, 10, 3)).astype(float)
    assert (out * y).sum() == (x * correlated(y, kernel, 2, 1)).sum()
    net.set_weights(small, large, 2 * kernel)
    assert (net.weights(small, large) == 2 * kernel).all()
    net.save(tmp_path / "n.h5")
    assert (fs.read_network(tmp_path / "n.h5").weights("small", "large") == 2 * kernel).all()


def test_a_convolution_that_does_not_fit_is_refused_with_its_sizes():
    net = fs.Network()
    image = net.add_source("image", (4, 4, 1))
    layer = net.add_neurons("layer", (3, 3, 1))
    with pytest.raises(ValueError, match=r"^weights: shape \(3, 3\), needed: four dimensions"):
        net.connect_convolution(image, layer, np.ones((3, 3)))
    with pytest.raises(ValueError, match=r"^size: \(2, 2\), allowed: a number, or \(rows, columns, channels\)"):
        net.add_source("other", (2, 2))
    with pytest.raises(ValueError, match="^stride = 0"):
        net.connect_convolution(image, layer, np.ones((1, 1, 3, 3)), stride=0)
    net.connect_convolution(image, layer, np.ones((1, 1, 3, 3)))
    with pytest.raises(ValueError, match="the postsynaptic grid has 3 x 3 neurons, needed: 2 x 2"):
        fs.simulate(net, np.zeros((1, 16)), t_max=5)
