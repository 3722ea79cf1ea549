// A trained model in memory: as stored, and ready to run.
#pragma once

#include <memory>
#include <string>

#include "firstspike/evaluation/readout.hpp"
#include "firstspike/python/bindings/network.hpp"
#include "firstspike/python/bindings/options.hpp"
#include "firstspike/traces/model_file.hpp"

namespace firstspike::python {

/// Never changed.
struct model {
  stored_model stored;
  shared_model loaded;

  explicit model(stored_model from)
      : stored(std::move(from)), loaded(std::make_shared<const loaded_model>(load(stored))) {}
};

/// Adds the keys of `evaluate --json` that tell of decisions.
void add_decisions(py::dict& object, const readout& decisions);

/// {name: number or text}
py::dict metadata_dict(const run_metadata& metadata);

}  // namespace firstspike::python
