#include "models/learner.hpp"

#include "engine/require.hpp"

namespace firstspike {

void check(const learner_options& o, std::string_view regime, synapse_kernel kernel) {
  rule_for(o.rule, regime, kernel);
  check(o.backward);
  require(o.schedule_steps > 0, "schedule_steps = 0, allowed: 1 or more");
  const auto& a = o.optimizer;
  require(a.lr > 0 && a.lr < never, "lr = {}, allowed: above 0, finite", a.lr);
  require(a.weight_decay >= 0 && a.lr * a.weight_decay < 1, "weight_decay = {}, allowed: 0 to 1 / lr", a.weight_decay);
  require(a.beta1 >= 0 && a.beta1 < 1 && a.beta2 >= 0 && a.beta2 < 1, "beta1, beta2 = {}, {}, allowed: [0, 1)", a.beta1,
          a.beta2);
}

template <class Real>
learner<Real> make_learner(const learner_options& options, network<Real> net, std::size_t samples) {
  learner<Real> l{options, std::move(net), {}, {}, {}};
  l.layers = layers_of(l.net);
  l.optimizer = make_optimizer(l.net, options.optimizer);
  for (const auto& layer : l.layers) {
    if (layer.bias && !options.train_biases) l.optimizer.fixed.push_back(*layer.bias);
  }
  l.blocks.assign((samples + gradient_block - 1) / gradient_block, gradients<Real>(l.net));
  return l;
}

template <class Real>
void apply_gradients(learner<Real>& l, std::uint64_t step, std::size_t samples, unsigned threads) {
  auto how = l.options.optimizer;
  how.lr *= learning_rate_factor(l.options.schedule, step, l.options.schedule_steps);
  update(l.net, l.optimizer, l.blocks[0], 1 / static_cast<double>(samples), how, threads);
}

template <class Real>
network<Real> make_chain(const std::string& source, std::uint32_t inputs, synapse_kernel kernel, const regime& r,
                         const chain_plan& plan, std::uint64_t seed) {
  require(!r.kernel || *r.kernel == kernel, "regime = {}, allowed with kernel {} only", r.name,
          r.kernel == synapse_kernel::step ? "step" : "ramp");
  return make_layered<Real>(source, inputs, kernel, r.place(plan), seed);
}

std::string hidden_name(std::size_t index, std::size_t count) {
  return count == 1 ? "hidden" : "hidden" + std::to_string(index + 1);
}

template learner<float> make_learner(const learner_options&, network<float>, std::size_t);
template learner<double> make_learner(const learner_options&, network<double>, std::size_t);
template void apply_gradients(learner<float>&, std::uint64_t, std::size_t, unsigned);
template void apply_gradients(learner<double>&, std::uint64_t, std::size_t, unsigned);
template network<float> make_chain(const std::string&, std::uint32_t, synapse_kernel, const regime&, const chain_plan&,
                                   std::uint64_t);
template network<double> make_chain(const std::string&, std::uint32_t, synapse_kernel, const regime&, const chain_plan&,
                                    std::uint64_t);

}  // namespace firstspike
