// Populations and projections of a network file, one at a time. Only network_read.cpp, network_nodes.cpp and
// network_edges.cpp include this.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "firstspike/traces/missing_answers.hpp"
#include "firstspike/traces/model_file.hpp"
#include "firstspike/traces/sonata_rows.hpp"

namespace firstspike {

/// What the file leaves to import_options: each is needed only where some population or projection has no value.
class network_answers {
 public:
  network_answers(std::string path, const import_options& given) : path_(std::move(path)), given_(given) {}

  const import_options& given() const { return given_; }

  /// The option `name` fills in what stands nowhere in the file; `place` says where it might.
  template <class T>
  T fill_in(const std::string& name, const std::optional<T>& answer, const std::string& place, T otherwise) {
    used_.insert(name);
    if (!answer) missing_.emplace(name, place);
    return answer.value_or(otherwise);
  }

  /// The same for the rows of a column that have no value.
  void fill_in(const std::string& name, const std::optional<double>& answer, const sonata_rows& rows,
               sonata_column<double>& column, double otherwise) {
    const auto first = std::find(column.given.begin(), column.given.end(), false);
    if (first == column.given.end()) return;
    const auto row = static_cast<std::size_t>(first - column.given.begin());
    const auto value = fill_in(name, answer, rows.place(name, row) + " is missing", otherwise);
    for (std::size_t i = row; i < rows.size(); ++i) {
      if (!column.given[i]) column.values[i] = value;
    }
  }

  /// The model of row i fires repeatedly in other tools.
  void need_one_spike(const sonata_rows& rows, const std::string& field, std::size_t i) {
    if (!given_.one_spike) missing_.emplace("one_spike", rows.place(field, i) + " is another model of neurons");
  }

  /// Names all that is missing at once, and what has no effect.
  void check() const;

 private:
  void check_used(const std::string& name, bool is_given) const;

  std::string path_;
  const import_options& given_;
  std::set<std::string> used_;
  missing_answers missing_;
};

/// Throws std::runtime_error, one line that names file, data set and value.
population read_population(const hdf5_object& group, const std::string& name, const sonata_types& types,
                           network_answers& answers);

/// The group of projections with shared weights, beside /edges.
inline const std::string shared_edges = "shared_edges";
template <class Real>
projection<Real> read_shared_projection(const hdf5_object& group, const std::vector<population>& populations);

/// `synapse_directory` has the files that dynamics_params of edge types name. Throws the same.
template <class Real>
projection<Real> read_projection(const hdf5_object& group, const sonata_types& types,
                                 const std::string& synapse_directory, const std::vector<population>& populations,
                                 network_answers& answers);

}  // namespace firstspike
