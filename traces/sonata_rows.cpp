#include "firstspike/traces/sonata_rows.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <stdexcept>
#include <type_traits>

#include "firstspike/engine/text.hpp"

namespace firstspike {
namespace {

bool is_whole_number(const std::string& text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

template <class T>
void put_in_order(std::vector<T>& values, const std::vector<std::uint64_t>& order) {
  if (values.empty() || order.empty()) return;
  std::vector<T> ordered(values.size());
  for (std::size_t i = 0; i < order.size(); ++i) ordered[i] = values[order[i]];
  values = std::move(ordered);
}

// Numbers may index SONATA's @library, a list of words.
std::vector<std::string> read_group_words(const hdf5_object& group, const std::string& field) {
  if (stored_type(group, field) == "string") return read_vector<std::string>(group, field);
  if (!is_group(group, "@library") || !has_member(open_group(group, "@library"), field)) {
    refuse(group, field, "is no string, and @library has no words for it; needed: one of them");
  }
  const auto library = read_vector<std::string>(open_group(group, "@library"), field);
  std::vector<std::string> words;
  for (const auto number : read_vector<std::uint64_t>(group, field)) {
    if (number >= library.size()) {
      refuse(group, field, fmt::format("has {}, allowed: below {}, the length of @library", number, library.size()));
    }
    words.push_back(library[number]);
  }
  return words;
}

template <class T>
std::vector<T> read_group_column(const hdf5_object& group, const std::string& field) {
  if constexpr (std::is_same_v<T, std::string>) {
    return read_group_words(group, field);
  } else {
    return read_vector<T>(group, field);
  }
}

template <class T>
T type_value_as(const std::string& where, const std::string& text) {
  if constexpr (std::is_same_v<T, std::string>) {
    return text;
  } else {
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc{} && end == text.data() + text.size()) return value;
    throw std::runtime_error(fmt::format("{} = '{}', allowed: numbers", where, text));
  }
}

}  // namespace

sonata_rows::sonata_rows(const hdf5_object& population, std::string kind, std::size_t count, const sonata_types& types)
    : population_(&population), kind_(std::move(kind)), count_(count), types_(&types) {
  read_groups();
  read_types();
  read_ids();
}

void sonata_rows::check_length(const std::string& field, std::size_t length) const {
  if (length == count_) return;
  refuse(*population_, field, fmt::format("has {} entries, needed: {}, one for each {}", length, count_, kind_));
}

void sonata_rows::check_length(const row_group& group, const std::string& field, std::size_t length) const {
  if (length == group.rows) return;
  refuse(open_group(*population_, group.name), field,
         fmt::format("has {} entries, needed: {}, one for each {} of the group", length, group.rows, kind_));
}

// As most files are; without the memory of the columns, of which there may be a billion entries.
bool sonata_rows::is_one_group_in_order(const std::string& id_field, const std::string& index_field) {
  constexpr std::size_t block = 1 << 16;
  hdf5_column<std::uint64_t> ids(*population_, id_field), indices(*population_, index_field);
  check_length(id_field, ids.size());
  check_length(index_field, indices.size());
  if (count_ == 0) return false;
  std::vector<std::uint64_t> id(std::min(block, count_)), index(id.size());
  std::uint64_t only = 0;
  for (std::size_t first = 0; first < count_; first += block) {
    id.resize(std::min(block, count_ - first));
    index.resize(id.size());
    ids.read(first, id);
    indices.read(first, index);
    if (first == 0) only = id.front();
    for (std::size_t i = 0; i < id.size(); ++i) {
      if (id[i] != only || index[i] != first + i) return false;
    }
  }
  groups_ = {{std::to_string(only), count_}};
  return is_group(*population_, groups_.front().name) || (groups_.clear(), false);
}

void sonata_rows::read_groups() {
  const auto id_field = kind_ + "_group_id", index_field = kind_ + "_group_index";
  const bool has_ids = has_member(*population_, id_field);
  if (has_ids != has_member(*population_, index_field)) {
    refuse(*population_, has_ids ? index_field : id_field,
           fmt::format("is missing, but {} is there; needed: both or none", has_ids ? id_field : index_field));
  }
  if (!has_ids) {
    for (const auto& name : member_names(*population_)) {
      if (name == "0" || !is_whole_number(name) || !is_group(*population_, name)) continue;
      refuse(*population_, id_field,
             fmt::format("is missing, needed: the group of each {}, as there is group {}", kind_, name));
    }
    groups_ = {{"0", count_}};
    return;
  }
  if (is_one_group_in_order(id_field, index_field)) return;
  const auto ids = read_vector<std::uint64_t>(*population_, id_field);
  index_of_ = read_vector<std::uint64_t>(*population_, index_field);
  check_length(id_field, ids.size());
  check_length(index_field, index_of_.size());
  std::map<std::uint64_t, std::uint32_t> place_of;
  bool in_order = true;
  for (std::size_t i = 0; i < count_; ++i) {
    in_order = in_order && index_of_[i] == i;
    if (i > 0 && ids[i] == ids[i - 1]) {
      group_of_.push_back(group_of_.back());
      ++groups_[group_of_.back()].rows;
      continue;
    }
    const auto [at, is_new] = place_of.emplace(ids[i], static_cast<std::uint32_t>(groups_.size()));
    if (is_new) {
      groups_.push_back({std::to_string(ids[i]), 0});
      if (!is_group(*population_, groups_.back().name)) {
        refuse(*population_, id_field, fmt::format("entry {} = {}, but there is no group {}", i, ids[i], ids[i]));
      }
    }
    group_of_.push_back(at->second);
    ++groups_[at->second].rows;
  }
  for (std::size_t i = 0; i < count_; ++i) {
    const auto& group = groups_[group_of_[i]];
    if (index_of_[i] < group.rows) continue;
    refuse(*population_, index_field,
           fmt::format("entry {} = {}, allowed: below {}, the number of {}s in group {}", i, index_of_[i], group.rows,
                       kind_, group.name));
  }
  if (groups_.size() < 2) group_of_.clear();
  if (in_order) index_of_.clear();
}

void sonata_rows::read_types() {
  const auto field = kind_ + "_type_id";
  if (types_->path.empty()) return;
  type_of_ = read_vector<std::int64_t>(*population_, field);
  check_length(field, type_of_.size());
  for (std::size_t i = 0; i < count_; ++i) {
    if (type_of_[i] == -1 || (i > 0 && type_of_[i] == type_of_[i - 1]) || types_->rows.contains(type_of_[i])) continue;
    refuse(*population_, field, fmt::format("entry {} = {}, which {} does not have", i, type_of_[i], types_->path));
  }
}

void sonata_rows::read_ids() {
  const auto field = kind_ + "_id";
  if (!has_member(*population_, field)) return;
  const auto ids = read_vector<std::uint64_t>(*population_, field);
  check_length(field, ids.size());
  bool in_order = true;
  row_of_id_.assign(count_, count_);
  for (std::size_t row = 0; row < count_; ++row) {
    if (ids[row] >= count_ || row_of_id_[ids[row]] != count_) {
      refuse(*population_, field,
             fmt::format("entry {} = {}, allowed: each of 0 to {} once", row, ids[row], count_ - 1));
    }
    row_of_id_[ids[row]] = row;
    in_order = in_order && ids[row] == row;
  }
  if (in_order) {
    row_of_id_.clear();
    return;
  }
  if (index_of_.empty())
    index_of_ = row_of_id_;
  else
    put_in_order(index_of_, row_of_id_);
  put_in_order(group_of_, row_of_id_);
  put_in_order(type_of_, row_of_id_);
}

bool sonata_rows::is_in_group(const row_group& group, const std::string& field) const {
  return is_group(*population_, group.name) && has_member(open_group(*population_, group.name), field);
}

std::vector<std::string> sonata_rows::groups_with(const std::string& member) const {
  std::vector<std::string> names;
  for (const auto& group : groups_) {
    if (is_in_group(group, member)) names.push_back(group.name);
  }
  return names;
}

std::string sonata_rows::place(const std::string& field, std::size_t i) const {
  const auto& group = groups_[group_of(i)];
  if (type_of_.empty() || is_in_group(group, field) || !find_type_value(*types_, type_of_[i], field)) {
    return fmt::format("{}: {}/{}: entry {}", population_->file, member_path(*population_, group.name), field,
                       index_of(i));
  }
  return fmt::format("{}: {}_type_id {}: {}", types_->path, kind_, type_of_[i], field);
}

bool sonata_rows::has(const std::string& field) const {
  return std::ranges::find(types_->columns, field) != types_->columns.end() || !groups_with(field).empty();
}

bool sonata_rows::is_plain(const std::string& field) const {
  return groups_.size() == 1 && index_of_.empty() && keeps_order() && is_in_group(groups_.front(), field);
}

hdf5_column<double> sonata_rows::plain_numbers(const std::string& field) const {
  hdf5_column<double> column(open_group(*population_, groups_.front().name), field);
  check_length(groups_.front(), field, column.size());
  return column;
}

std::vector<std::uint64_t> sonata_rows::in_order(const std::string& field, std::vector<std::uint64_t> values) const {
  check_length(field, values.size());
  put_in_order(values, row_of_id_);
  return values;
}

template <class T>
sonata_column<T> sonata_rows::column(const std::string& field) const {
  std::vector<std::vector<T>> in_group(groups_.size());
  std::vector<bool> has(groups_.size());
  for (std::size_t g = 0; g < groups_.size(); ++g) {
    has[g] = is_in_group(groups_[g], field);
    if (!has[g]) continue;
    const auto group = open_group(*population_, groups_[g].name);
    in_group[g] = read_group_column<T>(group, field);
    check_length(groups_[g], field, in_group[g].size());
  }
  std::map<std::int64_t, std::optional<T>> of_type;
  for (const auto& [id, row] : types_->rows) {
    const auto text = find_type_value(*types_, id, field);
    const auto where = fmt::format("{}: {}_type_id {}: {}", types_->path, kind_, id, field);
    of_type[id] = text ? std::optional(type_value_as<T>(where, *text)) : std::nullopt;
  }
  sonata_column<T> column{std::vector<T>(count_), std::vector<bool>(count_)};
  for (std::size_t i = 0; i < count_; ++i) {
    const auto g = group_of(i);
    column.given[i] = true;
    if (has[g]) {
      column.values[i] = in_group[g][index_of(i)];
      continue;
    }
    const auto type = type_of_.empty() ? of_type.end() : of_type.find(type_of_[i]);
    column.given[i] = type != of_type.end() && type->second.has_value();
    if (column.given[i]) column.values[i] = *type->second;
  }
  return column;
}

sonata_column<double> sonata_rows::numbers(const std::string& field) const { return column<double>(field); }
sonata_column<std::string> sonata_rows::words(const std::string& field) const { return column<std::string>(field); }

}  // namespace firstspike
