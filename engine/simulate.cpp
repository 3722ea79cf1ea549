#include "firstspike/engine/simulate.hpp"

#include <sys/mman.h>
#include <tbb/enumerable_thread_specific.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <optional>
#include <thread>

#include "firstspike/engine/heap.hpp"
#include "firstspike/engine/huge_pages.hpp"
#include "firstspike/engine/lookahead.hpp"
#include "firstspike/engine/naive.hpp"
#include "firstspike/engine/parallel.hpp"
#include "firstspike/engine/require.hpp"
#include "firstspike/engine/sweep.hpp"

namespace firstspike {
namespace {

template <class Real>
void check(const network<Real>& net, std::span<const double> source_times, const simulation_options& options) {
  require(options.t_max > 0 && options.t_max <= longest_window, "t_max = {}, allowed: above 0, up to 2^32 steps",
          options.t_max);
  require(options.threads > 0, "threads = 0, allowed: 1 or more");
  require(!options.early_exit || options.engine == scheduler::heap || options.engine == scheduler::automatic,
          "early_exit: allowed with the schedulers heap and automatic only");
  require(net.source_count() > 0 && source_times.size() % net.source_count() == 0,
          "{} source times, needed: a multiple of the network's {} sources", source_times.size(), net.source_count());
  require(std::none_of(source_times.begin(), source_times.end(), [](double t) { return std::isnan(t); }),
          "source time = nan, allowed: steps from 0 up, or infinity for silence");
}

using clock = std::chrono::steady_clock;

/// Reports progress from within long samples, and ends all of them when it is cancelled.
class sample_watch {
 public:
  sample_watch(const progress_callback& progress, std::size_t samples) : progress_(progress), samples_(samples) {}

  void set_done(std::size_t samples) { done_ = samples; }
  /// Throws `cancelled`. Call it from any thread; it reports on that of the caller only, up to 20 times a second.
  void check() {
    if (stopped_.load(std::memory_order_relaxed)) throw cancelled();
    if (!progress_ || std::this_thread::get_id() != caller_ || clock::now() - last_ < std::chrono::milliseconds(50))
      return;
    last_ = clock::now();
    if (progress_(done_, samples_)) return;
    stopped_ = true;
    throw cancelled();
  }

 private:
  const progress_callback& progress_;
  std::size_t samples_, done_ = 0;
  std::thread::id caller_ = std::this_thread::get_id();
  clock::time_point last_ = clock::now();
  std::atomic<bool> stopped_ = false;
};

template <class Real>
void run_instants(event_simulation<Real>& run, std::span<const double> source_times, const simulation_options& options,
                  std::size_t first_output, std::span<double> times, std::span<double> v_m, sample_watch& watch) {
  constexpr std::uint64_t between_checks = 1 << 14;  // events; some milliseconds
  run.start(source_times, options.t_max);
  const auto all = run.spike_times();
  const auto first = [&] { return options.early_exit ? earliest(all.subspan(first_output)) : never; };
  std::uint64_t next_check = between_checks;
  while (!run.at_end() && run.next_time() <= first()) {
    run.step();
    if (run.handled() < next_check) continue;
    next_check = run.handled() + between_checks;
    watch.check();
  }
  const double end = std::min(first(), options.t_max);
  std::transform(all.begin(), all.end(), times.begin(), [end](double t) { return t <= end ? t : never; });
  if (!v_m.empty()) run.write_v_m(end, v_m);
}

/// The scheduler `heap` on one thread: the plain one, or its fast path where that can run.
template <class Real>
class heap_runner {
 public:
  heap_runner(const network<Real>& net, const simulation_options& options)
      : options_(options), first_output_(net.first_id(net.populations().size() - 1)) {
    // The fast path does not have the potentials of one instant in the middle of a run.
    if (lookahead_simulation<Real>::can_run(net, options.t_max) && !(options.early_exit && options.potentials)) {
      lookahead_.emplace(net);
    } else {
      instants_.emplace(net);
    }
  }

  void run(std::span<const double> source_times, std::span<double> times, std::span<double> v_m, sample_watch& watch) {
    if (instants_) return run_instants(*instants_, source_times, options_, first_output_, times, v_m, watch);
    lookahead_->run(source_times, options_.t_max, options_.early_exit, times, v_m, [&] { watch.check(); });
  }

 private:
  const simulation_options& options_;
  std::size_t first_output_;
  std::optional<event_simulation<Real>> instants_;
  std::optional<lookahead_simulation<Real>> lookahead_;
};

/// [count] in pages of 2 MiB where the kernel has them: with pages of 4 KiB, the kernel takes longer to provide the
/// memory of a large record than a dense network to fill it.
std::vector<double> zeros(std::size_t count) {
  std::vector<double> values;
  values.reserve(count);
#ifdef MADV_HUGEPAGE
  const auto begin = (reinterpret_cast<std::uintptr_t>(values.data()) + huge_page - 1) / huge_page * huge_page;
  const auto end = reinterpret_cast<std::uintptr_t>(values.data() + count) / huge_page * huge_page;
  if (begin < end) madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);  // a hint, which may fail
#endif
  values.resize(count);
  return values;
}

/// Calls run(block) for all blocks. With `progress` in rounds that take a fraction of a second.
void run_blocks(std::size_t blocks, std::size_t block, std::size_t samples, unsigned threads,
                const progress_callback& progress, sample_watch& watch, const std::function<void(std::size_t)>& run) {
  std::size_t round = progress ? threads : blocks;
  for (std::size_t done = 0; done < blocks;) {
    const auto start = clock::now();
    const auto now = std::min(round, blocks - done);
    parallel_for(now, threads, [&](std::size_t b) { run(done + b); });
    done += now;
    watch.set_done(std::min(done * block, samples));
    report_progress(progress, std::min(done * block, samples), samples);
    const auto seconds = std::chrono::duration<double>(clock::now() - start).count();
    if (seconds < 0.1) round *= 2;
    if (seconds > 0.4) round = std::max<std::size_t>(threads, round / 2);
  }
}

}  // namespace

template <class Real>
scheduler chosen_scheduler(const network<Real>& net, scheduler wanted, bool early_exit) {
  if (wanted != scheduler::automatic) return wanted;
  if (early_exit || !net.acyclic()) return scheduler::heap;
  // The sweep tests all neurons of a population at each arrival, which is too much if it reaches only some of them.
  for (std::size_t p = 0; p < net.projection_count(); ++p) {
    if (!net.dense_fed(net.post(p))) return scheduler::heap;
  }
  return scheduler::sweep;
}

template <class Real>
spike_record simulate(const network<Real>& net, std::span<const double> source_times, const simulation_options& options,
                      const progress_callback& progress) {
  check(net, source_times, options);
  const std::size_t sources = net.source_count();
  const std::size_t neurons = net.neuron_count();
  const std::size_t samples = source_times.size() / sources;
  const std::size_t potentials = options.potentials ? neurons : 0;
  spike_record record{samples, neurons, zeros(samples * neurons), zeros(samples * potentials)};
  const auto engine = chosen_scheduler(net, options.engine, options.early_exit);
  // Samples that reuse the memory of one run. Where samples take long, each is a block, so that progress is reported.
  constexpr std::size_t large = 1 << 16;
  const std::size_t block = progress && (neurons > large || engine == scheduler::naive) ? 1 : 8;
  // Memory that a thread reuses from block to block.
  tbb::enumerable_thread_specific<heap_runner<Real>> heaps([&] { return heap_runner<Real>(net, options); });
  tbb::enumerable_thread_specific<layer_sweep<Real>> sweeps([&] { return layer_sweep<Real>(net); });
  sample_watch watch(progress, samples);
  run_blocks((samples + block - 1) / block, block, samples, options.threads, progress, watch, [&](std::size_t b) {
    for (auto sample = b * block; sample < std::min(samples, (b + 1) * block); ++sample) {
      const auto input = source_times.subspan(sample * sources, sources);
      const auto times = std::span(record.times).subspan(sample * neurons, neurons);
      const auto v_m = std::span(record.v_m).subspan(sample * potentials, potentials);
      if (engine == scheduler::heap) heaps.local().run(input, times, v_m, watch);
      if (engine == scheduler::sweep) sweeps.local().run(input, options.t_max, times, v_m);
      if (engine == scheduler::naive) run_naive(net, input, options.t_max, times, v_m);
    }
  });
  return record;
}

template scheduler chosen_scheduler(const network<float>&, scheduler, bool);
template scheduler chosen_scheduler(const network<double>&, scheduler, bool);
template spike_record simulate(const network<float>&, std::span<const double>, const simulation_options&,
                               const progress_callback&);
template spike_record simulate(const network<double>&, std::span<const double>, const simulation_options&,
                               const progress_callback&);

}  // namespace firstspike
