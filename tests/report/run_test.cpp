// Reports of small runs, trained and reported by library calls alone. The command's tests open pages in a browser.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "firstspike/data/data_sets.hpp"
#include "firstspike/data/idx.hpp"
#include "firstspike/report/report.hpp"
#include "firstspike/tests/refusal.hpp"
#include "firstspike/tests/scratch_files.hpp"
#include "firstspike/traces/model_file.hpp"
#include "firstspike/training/classifier_trainer.hpp"
#include "firstspike/training/gan_trainer.hpp"

using namespace firstspike;

namespace {

using texts = std::map<std::string, std::string>;
using json = nlohmann::json;

json data_of(const std::string& page) {
  const std::string before = R"(id="report-data">)";
  const auto start = page.find(before) + before.size();
  return json::parse(page.substr(start, page.find("</script>", start) - start));
}

/// Forty digits in idx files, and a run that was trained on them.
struct small_run {
  testing::scratch_directory scratch;

  std::string at(const std::string& name) const { return (scratch / name).string(); }
  std::string directory() const { return at("run"); }

  template <class Trainer, class From>
  void train(texts options, const From& from) {
    const auto set = make_strokes(5, 40);
    write_idx_images(at("images"), set);
    write_idx_labels(at("labels"), set.labels);
    options.insert({{"images", at("images")}, {"labels", at("labels")}, {"batch", "8"}, {"hidden", "9"}});
    const auto o = from(options);
    Trainer(o, load_training_data(o), run_files{directory()}).run();
  }
  void train_classifier(const texts& more = {}) {
    texts options{{"regime", "relu"}, {"epochs", "2"}, {"validation", "8"}};
    options.insert(more.begin(), more.end());
    train<classifier_trainer>(options, classifier_training_options_from);
  }
  void train_gan() {
    train<gan_trainer>({{"kernel", "step"}, {"d-hidden", "8"}, {"noise", "7"}, {"steps", "4"}, {"samples-every", "2"}},
                       gan_training_options_from);
  }
};

}  // namespace

TEST_CASE(
    "report of a classifier: metrics, networks and samples of its own images, the same for any number of threads") {
  small_run run;
  run.train_classifier({{"record", run.at("run/trace.h5")}});
  std::vector<std::uint64_t> done;
  const auto made = make_report({.run_directory = run.directory(), .count = 30, .shown = 3},
                                [&](std::uint64_t now, std::uint64_t total) {
                                  CHECK(total == 30);
                                  done.push_back(now);
                                  return true;
                                });
  CHECK(done.front() == 0);
  CHECK(done.back() == 30);
  CHECK(made.metric_rows == 2);
  CHECK(made.pictures == 0);
  CHECK(made.samples == 3 + 3);
  CHECK(made.notes.empty());
  const auto data = data_of(made.page);
  CHECK(data["networks"][0]["regime"] == "relu");
  CHECK(data["scenes"][0]["lanes"][0]["samples"] == 30);
  CHECK(data["scenes"][1]["name"] == "recorded training step 8");
  CHECK(data["scenes"][0]["end"] <= 768);  // two layers of 256 steps after 256 of input
  const auto model = read_model(run.at("run/model.h5"));
  CHECK(data["model_step"] == std::get<std::int64_t>(model.metadata.at("step")));
  CHECK(data["accuracy"]["images"] == "30 images of " + run.at("images"));
  CHECK(make_report({.run_directory = run.directory(), .count = 30, .shown = 3, .threads = 3}).page == made.page);
}

TEST_CASE("report of a GAN: its sample grids, and the noise of the grid through both networks") {
  small_run run;
  run.train_gan();
  const auto made = write_report({.run_directory = run.directory(), .count = 70}, run.at("page.html"));
  CHECK(made.pictures == 2);
  CHECK(made.samples == 10);
  CHECK(testing::read_bytes(run.at("page.html")) == made.page);
  const auto data = data_of(made.page);
  CHECK(data["networks"].size() == 2);
  for (const auto& lane : data["scenes"][0]["lanes"]) CHECK(lane["samples"] == 70);
  CHECK(testing::contains(refusal([&] { make_report({.run_directory = run.directory(), .images = run.at("images")}); }),
                          "is a GAN, whose input is noise"));
  CHECK(testing::contains(
      testing::message_of([&] { write_report({.run_directory = run.directory()}, run.at("page.html")); }), "exists"));
}

TEST_CASE(
    "report: voltage traces of requested neurons are drawn, and unknown neurons are refused with the known ones") {
  small_run run;
  run.train_classifier();
  report_options options{.run_directory = run.directory(), .count = 1, .neurons = {{"hidden", 0}, {"hidden", 8}}};
  const auto membranes = data_of(make_report(options).page)["scenes"][0]["samples"][0]["membranes"];
  for (const auto id : {0, 8}) {
    CHECK(std::ranges::any_of(membranes, [&](const json& m) { return m["lane"] == 1 && m["id"] == id; }));
  }
  options.neurons = {{"hidden", 9}};
  CHECK(refusal([&] { make_report(options); }) == "neurons = hidden:9, allowed: hidden:0 to 8, output:0 to 9");
}

TEST_CASE("report: options that do not go together are refused by the name of the field") {
  small_run run;
  run.train_classifier();
  const auto said = [&](report_options options) {
    options.run_directory = run.directory();
    return refusal([&] { make_report(options); });
  };
  CHECK(said({.run_directory = "", .labels = "x"}) == "labels needs images, whose labels they are");
  CHECK(said({.run_directory = "", .images = "x", .set = "test"}) == "images and set, allowed: one of them");
  CHECK(said({.run_directory = "", .count = 41}) == "count = '41', allowed: 1 to 40, which is all");
}

TEST_CASE("report: a note reports missing images of the run, and images of another size are refused") {
  small_run run;
  run.train_classifier();
  std::filesystem::remove(run.at("images"));
  const auto made = make_report({.run_directory = run.directory()});
  CHECK(made.samples == 0);
  REQUIRE(made.notes.size() == 1);
  CHECK(testing::contains(made.notes[0], "is missing"));
  CHECK(data_of(made.page)["notes"] == json(made.notes));
  write_idx_images(run.at("tiny"), {2, 3, 3, std::vector<std::uint8_t>(18), {}});
  CHECK(testing::message_of([&] { make_report({.run_directory = run.directory(), .images = run.at("tiny")}); }) ==
        "images of 3 x 3 = 9 pixels, the network has 784 sources; give images of that size, or spikes");
}

TEST_CASE("report: a callback that returns false cancels it, and no page is left") {
  small_run run;
  run.train_classifier();
  CHECK_THROWS_AS(
      write_report({.run_directory = run.directory()}, run.at("page.html"), false, [](auto...) { return false; }),
      cancelled);
  CHECK_FALSE(std::filesystem::exists(run.at("page.html")));
}
