// Trains a classifier of digits, saves it, loads it and evaluates it. Usage: train_classifier [FILE]
#include <firstspike/firstspike.hpp>
#include <iostream>
#include <numeric>
#include <string>
#include <vector>

namespace fs = firstspike;

int main(int argc, char** argv) {
  const std::string path = argc > 1 ? argv[1] : "classifier.h5";

  // The options of `firstspike train classifier`, by name. Others have their default values.
  std::vector<std::string> why_not;
  const std::string digits = fs::find_mnist({}, why_not) ? "mnist" : "strokes";  // the built-in digits
  const auto options = fs::classifier_training_options_from({{"set", digits},
                                                             {"regime", "relu"},
                                                             {"hidden", "64"},
                                                             {"epochs", "3"},
                                                             {"train-count", "4000"},
                                                             {"validation", "500"}});

  // Without a run directory as third argument, training writes no files.
  fs::classifier_trainer trainer(options, fs::load_training_data(options));
  fs::classifier_callbacks callbacks;
  callbacks.on_epoch = [](const fs::epoch_result& epoch) {
    std::cout << "epoch " << epoch.epoch << ": loss " << epoch.loss << ", validation accuracy "
              << fs::means_of(epoch.validation).accuracy << '\n';
  };
  trainer.run(callbacks);
  fs::write_model(path, trainer.model(), true);

  const fs::stored_model model = fs::read_model(path);
  std::vector<std::uint32_t> images(1000);  // the first of the test images
  std::iota(images.begin(), images.end(), 0u);
  const auto means = fs::means_of(fs::evaluate(model, trainer.data().test, images, {}));
  std::cout << "test accuracy " << means.accuracy << " on " << digits << ", decided at step " << means.decision_time
            << " after " << means.spikes_to_decision << " spikes\n";
}
