// Rows of a SONATA population of nodes or edges: the order, group and type that its columns give them, and the
// attributes that follow. Only traces/ includes this.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "firstspike/traces/hdf5_file.hpp"
#include "firstspike/traces/hdf5_read.hpp"
#include "firstspike/traces/sonata_types.hpp"

namespace firstspike {

/// One attribute of all rows, in the order of their ids.
template <class T>
struct sonata_column {
  std::vector<T> values;    ///< [rows]
  std::vector<bool> given;  ///< [rows]; false: neither the row's group nor its type has the attribute

  bool any() const { return std::find(given.begin(), given.end(), true) != given.end(); }
};

/// Row i is the node or edge of id i. Its attributes stand in the group that <kind>_group_id names, at the place that
/// <kind>_group_index names; what the group does not have is taken from its type, the row <kind>_type_id of the types
/// file. Without <kind>_id, ids follow the order of the file; without the columns of groups, all are in group 0, in
/// order. All functions throw std::runtime_error, one line that names file, data set and value.
class sonata_rows {
 public:
  /// `kind` is "node" or "edge"; `population` and `types` must outlive the object, which has `count` rows.
  sonata_rows(const hdf5_object& population, std::string kind, std::size_t count, const sonata_types& types);

  std::size_t size() const { return count_; }

  /// Whether any row may have the attribute. A column of a large population takes much memory.
  bool has(const std::string& field) const;
  sonata_column<double> numbers(const std::string& field) const;
  /// Also whole numbers that index SONATA's @library of the group.
  sonata_column<std::string> words(const std::string& field) const;

  /// Throws if a column of the population itself is too long or too short.
  void check_length(const std::string& field, std::size_t length) const;

  /// Whether row i has the attribute at place i of one group, which then has no other places.
  bool is_plain(const std::string& field) const;
  /// The column of an attribute that is_plain(), to be read block by block.
  hdf5_column<double> plain_numbers(const std::string& field) const;

  /// Whether ids follow the order of the file.
  bool keeps_order() const { return row_of_id_.empty(); }
  /// A column of the population itself, such as source_node_id, from the order of the file to the order of ids.
  std::vector<std::uint64_t> in_order(const std::string& field, std::vector<std::uint64_t> values) const;

  /// Where an attribute of row i stands: "FILE: /edges/a/0/delay: entry 3" or "TYPES.csv: edge_type_id 100: delay".
  std::string place(const std::string& field, std::size_t i) const;

  /// Names of groups with rows that have the member.
  std::vector<std::string> groups_with(const std::string& member) const;

 private:
  struct row_group {
    std::string name;
    std::size_t rows = 0;
  };
  void read_groups();
  void read_types();
  void read_ids();
  template <class T>
  sonata_column<T> column(const std::string& field) const;
  std::size_t group_of(std::size_t i) const { return group_of_.empty() ? 0 : group_of_[i]; }
  std::size_t index_of(std::size_t i) const { return index_of_.empty() ? i : index_of_[i]; }
  bool is_in_group(const row_group& group, const std::string& field) const;
  void check_length(const row_group& group, const std::string& field, std::size_t length) const;
  bool is_one_group_in_order(const std::string& id_field, const std::string& index_field);

  const hdf5_object* population_;
  std::string kind_;
  std::size_t count_;
  const sonata_types* types_;
  std::vector<row_group> groups_;
  std::vector<std::uint32_t> group_of_;   // [rows] index into groups_; empty: all in the first
  std::vector<std::uint64_t> index_of_;   // [rows] place in the group; empty: i
  std::vector<std::int64_t> type_of_;     // [rows]; empty: no types
  std::vector<std::uint64_t> row_of_id_;  // [rows] place in the population's own columns; empty: i
};

}  // namespace firstspike
