// The two forms of a table of synapses, and the memory forms of delays.
#include "firstspike/engine/synapse_table.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <tuple>

#include "firstspike/data/random.hpp"

namespace firstspike {
namespace {

std::vector<synapse> random_list(std::uint32_t count, std::uint32_t rows, std::uint32_t delays) {
  random_stream random(1, draw::tests, count + delays);
  std::vector<synapse> list;
  for (std::uint32_t i = 0; i < count; ++i) {
    list.push_back({random.below(rows), random.below(9), static_cast<double>(i), 1 + random.below(delays) / 8.0});
  }
  return list;
}

template <class Real>
std::vector<synapse> listed(const synapse_table<Real>& table) {
  return {table.begin(), table.end()};
}

TEST_CASE(
    "synapse table: rows are sorted by (pre, delay), and equal ones keep their order, with any number of delays") {
  for (const std::uint32_t delays : {1u, 20u, 256u, 257u, 70'000u}) {
    for (const std::uint32_t rows : {1u, 7u, 5'000u}) {
      CAPTURE(delays);
      CAPTURE(rows);
      const auto list = random_list(100'000, rows, delays);
      auto sorted = list;
      std::ranges::stable_sort(sorted, {}, [](const synapse& s) { return std::tuple(s.pre, s.delay); });
      synapse_table<double> table(list);
      CHECK_FALSE(table.in_rows());
      CHECK(listed(table) == list);
      table.put_in_rows(rows);
      CHECK(table.in_rows());
      CHECK(table.row_count() == rows);
      CHECK(listed(table) == sorted);
      bool same = true;
      for (std::size_t i = 0; i < table.size(); i += 997) same = same && table[i] == sorted[i];
      CHECK(same);
      for (std::uint32_t row = 0; row < rows; row += 99) {
        for (auto s = table.first(row); s < table.first(row + 1); ++s) same = same && sorted[s].pre == row;
      }
      CHECK(same);
      CHECK(table.first(rows) == table.size());
    }
  }
}

TEST_CASE("synapse table: filled by place(), in blocks or one by one, it is the same as a sorted list") {
  const auto list = random_list(5'000, 40, 50);
  std::vector<std::uint32_t> sizes(40), pre, post;
  std::vector<double> weight, delay;
  for (const auto& s : list) {
    ++sizes[s.pre];
    pre.push_back(s.pre);
    post.push_back(s.post);
    weight.push_back(s.weight);
    delay.push_back(s.delay);
  }
  synapse_table<double> expected(pre, post, weight, delay);
  CHECK(listed(expected) == list);
  expected.put_in_rows(40);
  auto one_by_one = synapse_table<double>::with_row_sizes(sizes);
  for (const auto& s : list) one_by_one.place(s.pre, s.post, s.weight, s.delay);
  one_by_one.finish();
  CHECK(one_by_one == expected);
  auto in_blocks = synapse_table<double>::with_row_sizes(sizes);
  for (const std::size_t from : {0u, 2'000u}) {
    const std::size_t count = from == 0 ? 2'000 : 3'000;
    in_blocks.place(std::span(pre).subspan(from, count), std::span(post).subspan(from, count),
                    std::span(weight).subspan(from, count), std::span(delay).subspan(from, count));
  }
  in_blocks.finish();
  CHECK(in_blocks == expected);
}

TEST_CASE("synapse table: weights are those of its precision, and may be changed") {
  const synapse_table<double> wide{{0, 1, 1.0 / 3, 0.5}, {1, 0, 2, 0}};
  synapse_table<float> narrow(wide);
  CHECK(narrow.weights()[0] == static_cast<float>(1.0 / 3));
  CHECK(narrow[0].weight != wide[0].weight);
  CHECK(narrow != synapse_table<float>());
  narrow.set_weight(0, 5);
  CHECK(listed(narrow) == std::vector<synapse>{{0, 1, 5, 0.5}, {1, 0, 2, 0}});
  CHECK(synapse_table<float>().empty());
}

}  // namespace
}  // namespace firstspike
