// The models that come with firstspike.
#include "firstspike/training/pretrained.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <variant>

#include "firstspike/data/coding.hpp"
#include "firstspike/engine/decision.hpp"
#include "firstspike/engine/simulate.hpp"
#include "firstspike/tests/refusal.hpp"
#include "firstspike/tests/scratch_files.hpp"
#include "firstspike/traces/loaded_model.hpp"
#include "firstspike/traces/model_file.hpp"
#include "firstspike/training/generated_images.hpp"

using namespace firstspike;

TEST_CASE("pretrained: each name is a model file, and together they take less than 3 MB") {
  std::uintmax_t bytes = 0;
  CHECK(std::ranges::is_sorted(pretrained_models(), {}, &pretrained_model::name));
  for (const auto& model : pretrained_models())
    bytes += std::filesystem::file_size(model_file(std::string(model.name)));
  CHECK(pretrained_models().size() == 2);
  CHECK(bytes < 3'000'000);
}

TEST_CASE("pretrained: a path stays what it is, and a word that is no model is refused with the names") {
  CHECK(model_file("runs/missing/model.h5") == "runs/missing/model.h5");
  CHECK(testing::message_of([] { model_file("digit-generator"); }) ==
        "digit-generator: no such file, and no pretrained model; allowed: a file, digits-classifier, digits-generator");
}

TEST_CASE("pretrained: the classifier recognises the digits that the generator is asked for") {
  const auto generator = load_generator(model_file("digits-generator"));
  const auto classifier = load(read_model(model_file("digits-classifier")));
  for (unsigned label = 0; label < 10; ++label) {
    CAPTURE(label);
    generation_options asked;
    asked.label = label;
    asked.count = 50;
    const auto images = generate(generator, asked).images;
    const auto sources = encode_image(images.pixels, classifier.t_in);
    const auto record = std::visit(
        [&](const auto& net) { return simulate(net, sources, {.t_max = classifier.t_max, .potentials = true}); },
        classifier.net);
    std::size_t recognised = 0;
    for (std::size_t k = 0; k < record.samples; ++k) {
      const auto best = decide(record.times_of(k).last(10), record.v_m_of(k).last(10), 0, classifier.t_max).output;
      recognised += classifier.label_of_output[best] == label;
    }
    CHECK(recognised >= 35);
  }
}
