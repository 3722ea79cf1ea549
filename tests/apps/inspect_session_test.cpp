// A session of `inspect` on a network with shared weights, line by line: text and JSON.
#include "firstspike/apps/inspect_session.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "firstspike/engine/text.hpp"
#include "firstspike/tests/engine/build.hpp"

namespace firstspike {
namespace {

constexpr auto ramp = synapse_kernel::ramp;

loaded_model small_model() {
  auto model = in_precision(small_convolution().net, real_type::f64);
  model.t_max = 20;
  return model;
}

struct opened_session {
  loaded_model model = small_model();
  session_frame frame = open_session(model, small_convolution().source_times, 1 << 20);

  std::string text(const std::string& line) { return frame.ask(line).text; }
  json_object object(const std::string& line) { return frame.ask(line).objects.at(0); }
};

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST_CASE("inspect session: the opening tells the shapes of layers") {
  opened_session s;
  CHECK(holds(s.frame.opening.text, "hidden        8                  2 x 2 x 2\n"));
  CHECK(s.frame.opening.objects[0]["shapes"] == json_object{{"input", {3, 3, 1}}, {"hidden", {2, 2, 2}}});
}

TEST_CASE("inspect session: neurons of a layer with a shape have a row, a column and a channel") {
  opened_session s;
  CHECK(s.text("watch hidden:6") == "watching hidden:6 (row 1, column 1, channel 0)\n");
  CHECK(holds(s.text("queue"), "   3  arrival  input:5    1    2   0  hidden\n"));
  CHECK(s.object("queue")["events"][2]["column"] == 2);
  s.text("run");
  CHECK(holds(s.text("state hidden:5"), "hidden:5 (row 1, column 0, channel 1) at the end (t = 5)\n"));
  CHECK(s.object("state hidden:5")["channel"] == 1);
  CHECK_FALSE(s.object("state output:0").contains("row"));
  CHECK(holds(s.text("top"), "hidden:3    0    1   1   -2     5  -40.00 %  -\n"));
  CHECK(s.object("top")["neurons"][4]["row"] == 0);
  CHECK(holds(s.text("why-not hidden:1"), "hidden:1 (row 0, column 0, channel 1) is silent up to t = 20\n"));
  CHECK(s.object("why-not hidden:1")["channel"] == 1);
}

TEST_CASE("inspect session: why tells the pixels whose spikes a neuron of a convolution received") {
  opened_session s;
  s.text("run");
  CHECK(s.text("why hidden:6") ==
        "hidden:6 (row 1, column 1, channel 0) fired at 4, v_m = 7, v_th = 5\n"
        "3 spikes had arrived:\n"
        "\x0espike of  row  col  ch  at  arrived  weight  of v_th\x0f\n"
        "input:4     1    1   0   1        2       1  20.00 %\n"
        "input:5     1    2   0   2        3       2  40.00 %\n"
        "input:8     2    2   0   3        4       4  80.00 %  critical\n"
        "\n"
        "\x0e"
        "critical\x0f: input:8 (row 2, column 2, channel 0), without it hidden:6 would not\n"
        "  have fired by t = 20\n"
        "critical chain: hidden:6 (1, 1, 0) at 4 <- input:8 (2, 2, 0) at 3\n"
        "\n"
        "behind it: 3 given spikes, listed above\n");
  const auto object = s.object("why hidden:6");
  CHECK(object["neuron"] == "hidden:6");
  CHECK(object["channel"] == 0);
  CHECK(object["critical_row"] == 2);
  CHECK(object["causes"][1]["pre"] == "input:5");
  CHECK(object["causes"][1]["column"] == 2);
  CHECK(object["critical_chain"][1]["row"] == 2);
  CHECK(object["given"][0]["row"] == 2);
  // A table of neurons with a position and others.
  CHECK(holds(s.text("without input:4"), "output:0  -    -    -        5  silent\n"));
}

TEST_CASE("inspect session: a changed weight that is shared says how many synapses share it") {
  opened_session s;
  CHECK(holds(s.text("weight input:8 hidden:6 6"),
              "the whole run, with 6 from input:8 to hidden:6 instead of 4, in all 4 synapses\n  that share it\n"));
  const auto shared = s.object("weight input:8 hidden:6 6");
  CHECK(shared["synapses"] == 4);
  CHECK(shared["changed"][0]["neuron"] == "hidden:0");
  CHECK(shared["changed"][0]["column"] == 0);
  const auto alone = s.object("weight hidden:6 output:0 0");
  CHECK(alone["change"] == "with 0 from hidden:6 to output:0 instead of 1");
  CHECK(alone["synapses"] == 1);
  CHECK_FALSE(s.object("without hidden:6").contains("synapses"));
}

/// Six layers of 12 x 12 x 10 neurons with names of usual length, and one output.
loaded_model deep_model() {
  std::vector<population> populations{sources("input", 1440)};
  std::vector<projection<double>> projections;
  populations[0].shape = {12, 12, 10};
  for (std::uint32_t l = 0; l < 6; ++l) {
    populations.push_back(neurons(fmt::format("hidden{}", l + 1), 1440, 60));
    populations.back().shape = {12, 12, 10};
    projection<double> p{l, l + 1, ramp, false, 0.001, std::vector<double>(900, 1.0 / 3), {}};
    p.shared = convolution{.kernel_rows = 3, .kernel_columns = 3, .padding = 1};
    projections.push_back(std::move(p));
  }
  populations.push_back(neurons("output", 1, 1e4));
  projections.push_back(dense<double>(6, 7, ramp, 0, std::vector<double>(1440, 1)));
  auto model = in_precision(network<double>(populations, projections), real_type::f64);
  model.t_max = 1000;
  return model;
}

TEST_CASE("inspect session: with positions, why still fits 24 rows of 80 columns") {
  const auto model = deep_model();
  std::vector<double> times;
  for (std::uint32_t i = 0; i < 1440; ++i) times.push_back(i * 7919 % 1440 / 100.0);
  const auto frame = open_session(model, times, 1 << 20);
  frame.ask("run");
  for (const auto* line : {"why output:0", "why hidden6:1439", "why hidden5:1011", "why hidden1:1400"}) {
    CAPTURE(line);
    const auto text = frame.ask(line).text;
    CHECK(std::ranges::count(text, '\n') <= 24);
    CHECK(std::ranges::count(text, '\n') > 15);
    for (const auto& row : split_unquoted(text, "\n")) CHECK(columns_of(row) <= 80);
  }
}

}  // namespace
}  // namespace firstspike
