// Networks, and their simulation.
#include "firstspike/python/bindings/network.hpp"

#include <pybind11/stl.h>

#include <algorithm>
#include <optional>
#include <string>
#include <variant>

#include "firstspike/engine/require.hpp"
#include "firstspike/engine/simulate.hpp"
#include "firstspike/models/option_kinds.hpp"
#include "firstspike/python/bindings/arrays.hpp"
#include "firstspike/python/bindings/calls.hpp"
#include "firstspike/python/bindings/options.hpp"
#include "firstspike/python/bindings/parts.hpp"
#include "firstspike/traces/network_file.hpp"

namespace firstspike::python {

std::span<const population> network_builder::populations() const {
  return built_ ? populations_of(*built_) : std::span<const population>(populations_);
}

void network_builder::take_apart() {
  if (!built_) return;
  const auto net = std::visit([](const auto& n) { return with_precision<double>(n); }, built_->net);
  populations_.assign(net.populations().begin(), net.populations().end());
  for (std::size_t i = 0; i < net.projection_count(); ++i) projections_.push_back(net.describe(i));
  built_.reset();
}

std::uint32_t network_builder::add(population p) {
  take_apart();
  auto all = populations_;
  all.push_back(std::move(p));
  in_precision(network<double>(all, {}), precision_);  // only to check the populations
  populations_ = std::move(all);
  return static_cast<std::uint32_t>(populations_.size() - 1);
}

void network_builder::add(projection<double> p) {
  take_apart();
  projections_.push_back(std::move(p));
}

void network_builder::set_weights(std::size_t projection, std::vector<double> weights) {
  built();
  take_apart();
  require(projection < projections_.size() && !projections_[projection].sparse,
          "projection {}, allowed: a dense one below {}", projection, projections_.size());
  std::swap(projections_[projection].weights, weights);
  try {
    built();
  } catch (const std::invalid_argument&) {
    std::swap(projections_[projection].weights, weights);
    throw;
  }
}

shared_model network_builder::built() {
  if (built_) return built_;
  built_ = std::make_shared<const loaded_model>(in_precision(network<double>(populations_, projections_), precision_));
  populations_.clear();
  projections_.clear();
  return built_;
}

namespace {

std::string_view name_of(population_kind kind) {
  constexpr std::string_view names[] = {"source", "bias", "neurons"};
  return names[static_cast<std::size_t>(kind)];
}

std::uint32_t add_population(network_builder& b, const std::string& name, const std::string& kind, std::uint32_t size,
                             const array<double>& v_th, double t_fire, double threshold_slope, double t_close,
                             const std::array<std::uint32_t, 3>& grid_lengths) {
  const auto which =
      one_of<population_kind>(
          {{"source", population_kind::source}, {"bias", population_kind::bias}, {"neurons", population_kind::neurons}})
          .read(kind);
  return b.add(population{name,
                          which,
                          size,
                          copied(v_th),
                          t_fire,
                          threshold_slope,
                          t_close,
                          {grid_lengths[0], grid_lengths[1], grid_lengths[2]}});
}

template <class Real>
void connect_dense(network_builder& b, std::uint32_t pre, std::uint32_t post, const array<Real>& weights, double delay,
                   const std::string& kernel) {
  b.add(projection<double>{pre,
                           post,
                           read_option("kernel", kernels(), kernel),
                           false,
                           delay,
                           {weights.data(), weights.data() + weights.size()},
                           {}});
}

/// `weights` in our order; `how`: kernel rows and columns, stride, padding, transposed, pool.
void connect_shared(network_builder& b, std::uint32_t pre, std::uint32_t post, const array<double>& weights,
                    const std::array<std::uint32_t, 6>& how, double delay, const std::string& kernel) {
  projection<double> p{pre, post,         read_option("kernel", kernels(), kernel), false, delay, {copied(weights)},
                       {},  convolution{}};
  p.shared = {.kernel_rows = how[0],
              .kernel_columns = how[1],
              .stride = how[2],
              .padding = how[3],
              .transposed = how[4] != 0,
              .pool = how[5]};
  b.add(std::move(p));
}

void connect_sparse(network_builder& b, std::uint32_t pre, std::uint32_t post, const array<std::uint32_t>& pre_index,
                    const array<std::uint32_t>& post_index, const array<double>& weights, const array<double>& delays,
                    const std::string& kernel) {
  projection<double> p{pre, post, read_option("kernel", kernels(), kernel), true, 0, {}, {}};
  p.synapses = synapse_table<double>(elements(pre_index), elements(post_index), elements(weights), elements(delays));
  b.add(std::move(p));
}

py::list describe_populations(const network_builder& b) {
  py::list all;
  for (const auto& p : b.populations()) {
    const py::object shape =
        p.shape.size() > 0 ? py::make_tuple(p.shape.rows, p.shape.columns, p.shape.channels) : py::object(py::none());
    all.append(py::make_tuple(p.name, name_of(p.kind), p.size, to_array(p.v_th), p.t_fire, p.threshold_slope, p.t_close,
                              shape));
  }
  return all;
}

py::list describe_projections(network_builder& b) {
  return std::visit(
      [](const auto& net) {
        py::list all;
        for (std::size_t i = 0; i < net.projection_count(); ++i) {
          const auto& p = net.describe(i);
          py::object shared = py::none();
          std::uint64_t synapses = p.synapses.size();
          if (const auto& c = p.shared) {
            synapses = synapse_count(*c, net.populations()[p.pre].shape, net.populations()[p.post].shape);
            shared = py::make_tuple(c->kernel_rows, c->kernel_columns, c->stride, c->padding, c->transposed, c->pool);
          }
          all.append(py::make_tuple(p.pre, p.post, kernels().show(p.kernel), p.sparse, p.delay, synapses, shared));
        }
        return all;
      },
      b.built()->net);
}

/// A read-only view of the weights of a projection that is not sparse, in our order.
py::object weights(network_builder& b, std::size_t projection) {
  const auto model = b.built();
  return std::visit(
      [&](const auto& net) -> py::object {
        require(projection < net.projection_count() && !net.describe(projection).sparse,
                "projection {}, allowed: a dense one below {}", projection, net.projection_count());
        const auto populations = net.populations();
        const auto &pre = populations[net.pre(projection)], &post = populations[net.post(projection)];
        const auto& shared = net.describe(projection).shared;
        const shape size =
            shared ? shape{pre.shape.channels, shared->kernel_rows, shared->kernel_columns, post.shape.channels}
                   : shape{pre.size, post.size};
        const py::capsule keeper(new shared_model(model), [](void* kept) { delete static_cast<shared_model*>(kept); });
        return view(net.weights(projection), size, keeper);
      },
      model->net);
}

py::tuple synapses(network_builder& b, std::size_t projection) {
  const auto model = b.built();
  return std::visit(
      [&](const auto& net) {
        require(projection < net.projection_count() && net.describe(projection).sparse,
                "projection {}, allowed: a sparse one below {}", projection, net.projection_count());
        const auto& all = net.describe(projection).synapses;
        const auto column = [&]<class T>(T synapse::*member) {
          std::vector<T> values;
          values.reserve(all.size());
          for (const auto s : all) values.push_back(s.*member);
          return to_array(std::move(values));
        };
        return py::make_tuple(column(&synapse::pre), column(&synapse::post), column(&synapse::weight),
                              column(&synapse::delay));
      },
      model->net);
}

/// Times, and potentials or None, [sample][neuron].
py::tuple run(network_builder& b, const array<double>& times, double t_max, const std::string& engine, unsigned threads,
              bool potentials, bool early_exit) {
  const auto model = b.built();
  const simulation_options options{t_max, read_option("scheduler", schedulers(), engine), threads, potentials,
                                   early_exit};
  const py::object silent = py::none();
  auto record = without_gil([&] {
    const auto progress = progress_to(silent);
    return std::visit([&](const auto& net) { return simulate(net, elements(times), options, progress); }, model->net);
  });
  const shape size{static_cast<py::ssize_t>(record.samples), static_cast<py::ssize_t>(record.neurons)};
  py::object v_m = py::none();
  if (potentials) v_m = to_array(std::move(record.v_m), size);
  return py::make_tuple(to_array(std::move(record.times), size), v_m);
}

std::string scheduler_of(network_builder& b, const std::string& engine, bool early_exit) {
  const auto wanted = read_option("scheduler", schedulers(), engine);
  return schedulers().show(
      std::visit([&](const auto& net) { return chosen_scheduler(net, wanted, early_exit); }, b.built()->net));
}

void save(network_builder& b, const std::string& path, bool overwrite, bool expand) {
  const auto model = b.built();
  with_files([&] {
    std::visit(
        [&](const auto& net) {
          // Expanded in its own precision, in which synapses behind a pool are rounded.
          write_network(path, with_precision<double>(expand ? expanded(net) : net), overwrite);
        },
        model->net);
  });
}

network_builder read_file(const std::string& path, const import_answers& answers, const std::string& precision) {
  const auto import = import_from(answers);
  const auto chosen = read_option("precision", precisions(), precision);
  return network_builder(with_files(
      [&] { return std::make_shared<const loaded_model>(in_precision(read_network(path, import), chosen)); }));
}

}  // namespace

void add_network(py::module_& m) {
  py::class_<network_builder>(m, "Network")
      .def(py::init([](const std::string& precision) {
        return network_builder(read_option("precision", precisions(), precision));
      }))
      .def("add_population", add_population)
      .def("connect_dense", connect_dense<double>, py::arg(), py::arg(), py::arg().noconvert(), py::arg(), py::arg())
      .def("connect_dense", connect_dense<float>, py::arg(), py::arg(), py::arg().noconvert(), py::arg(), py::arg())
      .def("connect_shared", connect_shared)
      .def("connect_sparse", connect_sparse)
      .def("set_weights", [](network_builder& b, std::size_t projection,
                             const array<double>& values) { b.set_weights(projection, copied(values)); })
      .def("populations", describe_populations)
      .def("projections", describe_projections)
      .def("weights", weights)
      .def("synapses", synapses)
      .def("simulate", run)
      .def("scheduler", scheduler_of)
      .def("save", save)
      .def_static("read", read_file)
      .def_property_readonly("precision", [](const network_builder& b) { return precisions().show(b.precision()); });
}

}  // namespace firstspike::python
