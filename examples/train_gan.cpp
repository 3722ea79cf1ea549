// Trains a GAN for some training steps and draws samples. Usage: train_gan [FILE.png] [STEPS]
#include <firstspike/firstspike.hpp>
#include <iostream>
#include <string>
#include <vector>

namespace fs = firstspike;

int main(int argc, char** argv) {
  const std::string path = argc > 1 ? argv[1] : "samples.png";
  const std::string steps = argc > 2 ? argv[2] : "500";

  // The options of `firstspike train gan`, by name; "strokes" are the built-in digits, "mnist" would be downloaded.
  const auto options = fs::gan_training_options_from(
      {{"set", "strokes"}, {"kernel", "step"}, {"hidden", "100"}, {"d-hidden", "100"}, {"steps", steps}});

  fs::gan_trainer trainer(options, fs::load_training_data(options));
  fs::gan_callbacks callbacks;
  callbacks.on_step = [](const fs::gan_progress& p) {
    if (p.step % 100 == 0) std::cout << "step " << p.step << ": generator loss " << p.losses.generator << '\n';
    return true;  // false would stop the run
  };
  trainer.run(callbacks);

  // Each sample is one run of the generator: the earlier a neuron fires, the brighter is its pixel.
  const auto generator = fs::with_precision<float>(trainer.generator().net);
  const auto& o = trainer.options().learn;
  const auto record = fs::generate(generator, o, 0, 100, {});
  fs::image_set images{record.samples, o.rows, o.columns, {}, {}};
  for (std::size_t sample = 0; sample < record.samples; ++sample) {
    const auto image = fs::drawn_pixels(o, record.times_of(sample).last(o.rows * o.columns));
    images.pixels.insert(images.pixels.end(), image.begin(), image.end());
  }
  fs::write_png(path, fs::draw_grid(images), true);
  std::cout << path << ": " << record.samples << " samples\n";
}
