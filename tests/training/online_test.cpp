// Training on images that arrive in parts.
#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

#include "firstspike/data/image_set.hpp"
#include "firstspike/tests/refusal.hpp"
#include "firstspike/tests/scratch_files.hpp"
#include "firstspike/traces/model_file.hpp"
#include "firstspike/training/online_classifier.hpp"
#include "firstspike/training/online_gan.hpp"

using namespace firstspike;

namespace {

bool says(const std::string& message, const std::string& part) { return message.find(part) != std::string::npos; }

std::vector<double> weights_of(const stored_model& model) {
  std::vector<double> all;
  for (std::size_t i = 0; i < model.net.projection_count(); ++i) {
    const auto weights = model.net.weights(i);
    all.insert(all.end(), weights.begin(), weights.end());
  }
  return all;
}

classifier_training_options classifier_choice() {
  return classifier_training_options_from(
      {{"regime", "relu"}, {"hidden", "12"}, {"batch", "8"}, {"shift", "0"}, {"schedule", "constant"}});
}

gan_training_options gan_choice() {
  auto o = gan_training_options_from({{"hidden", "10"},
                                      {"d-hidden", "10"},
                                      {"noise", "8"},
                                      {"batch", "8"},
                                      {"conditional", "on"},
                                      {"schedule", "constant"}});
  return o;
}

}  // namespace

TEST_CASE("online classifier: images in parts of whole batches give the weights of all at once") {
  const auto digits = make_strokes(3, 40);
  online_classifier whole(classifier_choice(), grid{28, 28, 1}), parts(classifier_choice(), grid{28, 28, 1});
  const auto score = whole.train(digits);
  for (std::size_t first = 0; first < 40; first += 8) parts.train(images_between(digits, first, first + 8));
  CHECK(whole.steps_taken() == 5);
  CHECK(parts.steps_taken() == 5);
  CHECK(weights_of(whole.model()) == weights_of(parts.model()));
  CHECK(score.correct <= 40);
  CHECK(score.loss > 0);
}

TEST_CASE("online classifier: its training steps are those of the classifier itself") {
  const auto digits = make_strokes(3, 16);
  online_classifier online(classifier_choice(), grid{28, 28, 1});
  online.train(digits);
  auto c = make_classifier<float>(classifier_choice().learn, 784);
  for (std::uint32_t first = 0; first < 16; first += 8) {
    std::vector<std::uint32_t> batch(8);
    std::iota(batch.begin(), batch.end(), first);
    const auto record = run_step(c, digits, batch, {});
    compute_gradients(c, record, std::span(digits.labels).subspan(first, 8), 1);
    apply_gradients(c, record, 1);
  }
  std::vector<double> expected;
  for (std::size_t i = 0; i < c.net().projection_count(); ++i) {
    const auto weights = c.net().weights(i);
    expected.insert(expected.end(), weights.begin(), weights.end());
  }
  CHECK(weights_of(online.model()) == expected);
}

TEST_CASE("online classifier: starts from a model, keeps the steps before a cancellation, learns") {
  const auto digits = make_strokes(3, 40);
  online_classifier first(classifier_choice(), grid{28, 28, 1});
  CHECK_THROWS_AS(first.train(digits, [](auto done, auto) { return done < 16; }), cancelled);
  CHECK(first.steps_taken() == 2);
  const auto model = first.model();
  online_classifier second(classifier_choice(), grid{28, 28, 1}, model);
  CHECK(weights_of(second.model()) == weights_of(model));
  double before = second.train(digits).loss, after = 0;
  for (int i = 0; i < 20; ++i) after = second.train(digits).loss;
  CHECK(after < 0.7 * before);
}

TEST_CASE("online training: it begins with the weights of the model that `from` names, of the same layers") {
  const testing::scratch_directory scratch;
  const auto digits = make_strokes(3, 16);
  online_classifier first(classifier_choice(), grid{28, 28, 1});
  first.train(digits);
  write_model(scratch / "model.h5", first.model());
  auto options = classifier_choice();
  options.from = scratch / "model.h5";
  options.learn.seed = 99;
  CHECK(weights_of(online_classifier(options, grid{28, 28, 1}).model()) == weights_of(first.model()));
  options.learn.hidden = {13};
  CHECK(says(testing::message_of([&] {
               online_classifier(options, grid{28, 28, 1});
             }),
             "needed: input 784, hidden_bias 1, hidden 13"));

  online_gan gan(gan_choice());
  gan.train(digits);
  write_model(scratch / "generator.h5", gan.generator());
  write_model(scratch / "discriminator.h5", gan.discriminator());
  auto of_gan = gan_choice();
  of_gan.from = scratch / "generator.h5";
  of_gan.learn.seed = 99;
  const online_gan again(of_gan);
  CHECK(weights_of(again.generator()) == weights_of(gan.generator()));
  CHECK(weights_of(again.discriminator()) == weights_of(gan.discriminator()));
  of_gan.learn.discriminator.hidden = {11};
  CHECK(says(testing::message_of([&] { online_gan{of_gan}; }), "discriminator.h5: layers"));
}

TEST_CASE("online classifier: other images, labels and layers are refused") {
  const auto refused = [](const auto& call) { return refusal(call); };
  online_classifier c(classifier_choice(), grid{28, 28, 1});
  auto digits = make_strokes(3, 8);
  auto other = digits;
  other.rows = 14;
  other.count = 16;
  CHECK(says(refused([&] { c.train(other); }), "images of 392 pixels, needed: 784"));
  CHECK(says(refused([&] { c.train(image_set{0, 28, 28, {}, {}}); }), "no images"));
  other = digits;
  other.labels.clear();
  CHECK(says(refused([&] { c.train(other); }), "0 labels of 8 images"));
  other = digits;
  other.labels[3] = 77;
  CHECK(says(refused([&] { c.train(other); }), "77"));
  CHECK(c.steps_taken() == 0);
  auto wider = classifier_choice();
  wider.learn.hidden = {13};
  CHECK_THROWS_AS(online_classifier(wider, grid{28, 28, 1}, c.model()), std::runtime_error);
}

TEST_CASE("online GAN: images in parts of whole batches give the weights of all at once, and it starts from models") {
  const auto digits = make_strokes(3, 32);
  online_gan whole(gan_choice()), parts(gan_choice());
  whole.train(digits);
  for (std::size_t first = 0; first < 32; first += 8) parts.train(images_between(digits, first, first + 8));
  CHECK(whole.steps_taken() == 4);
  CHECK(weights_of(whole.generator()) == weights_of(parts.generator()));
  CHECK(weights_of(whole.discriminator()) == weights_of(parts.discriminator()));
  const online_gan again(gan_choice(), std::pair(whole.generator(), whole.discriminator()));
  CHECK(weights_of(again.generator()) == weights_of(whole.generator()));
  CHECK(weights_of(again.discriminator()) == weights_of(whole.discriminator()));
  CHECK(weights_of(online_gan(gan_choice()).generator()) != weights_of(whole.generator()));
}

TEST_CASE("online GAN: other images and labels are refused") {
  const auto refused = [](const auto& call) { return refusal(call); };
  online_gan g(gan_choice());
  auto digits = make_strokes(3, 8);
  digits.labels.clear();
  CHECK(says(refused([&] { g.train(digits); }), "0 labels of 8 images"));
  digits = make_strokes(3, 8);
  digits.labels[0] = 99;
  CHECK(says(refused([&] { g.train(digits); }), "99"));
  digits.rows = 14;
  digits.count = 16;
  CHECK(says(refused([&] { g.train(digits); }), "images of 14 x 28 pixels, needed: 28 x 28"));
}
