#include "firstspike/engine/simulate.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <exception>
#include <mutex>
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

void check_sample(std::span<const double> source_times) {
  std::uint64_t nan = 0;  // as wide as a time: g++ does not vectorise this loop with a bool
  for (const double t : source_times) nan |= std::isnan(t) ? ~std::uint64_t{0} : 0;
  require(nan == 0, "source time = nan, allowed: steps from 0 up, or infinity for silence");
}

template <class Real>
void check(const network<Real>& net, std::span<const double> source_times, const simulation_options& options) {
  require(options.t_max > 0 && options.t_max <= longest_window, "t_max = {}, allowed: above 0, up to 2^32 steps",
          options.t_max);
  require(options.threads > 0, "threads = 0, allowed: 1 or more");
  require(!options.early_exit || options.engine == scheduler::heap || options.engine == scheduler::automatic,
          "early_exit: allowed with the schedulers heap and automatic only");
  require(net.source_count() > 0 && source_times.size() % net.source_count() == 0,
          "{} source times, needed: a multiple of the network's {} sources", source_times.size(), net.source_count());
}

using clock = std::chrono::steady_clock;

double seconds_between(clock::time_point start, clock::time_point end) {
  return std::chrono::duration<double>(end - start).count();
}

/// Of samples on several threads: reports progress from between and from within them, and ends all of them when one
/// fails or the progress callback cancels them.
class sample_watch {
 public:
  sample_watch(const progress_callback& progress, std::size_t samples) : progress_(progress), samples_(samples) {}

  /// From within a sample. Throws `cancelled`. Call it from any thread; it reports on that of the caller only, up to 20
  /// times a second.
  void check() {
    if (stopped_.load(std::memory_order_relaxed)) throw cancelled();
    if (!progress_ || std::this_thread::get_id() != caller_ || clock::now() - last_ < std::chrono::milliseconds(50))
      return;
    report();
  }

  /// After `samples` more. Throws and reports as check(), and the first time at once.
  void add_done(std::size_t samples) {
    done_.fetch_add(samples, std::memory_order_relaxed);
    if (progress_ && !reported_ && std::this_thread::get_id() == caller_) report();
    check();
  }

  /// Calls work() on up to `threads` threads at the same time. Rethrows the first exception, which ends the others at
  /// their next check, and reports at the end.
  void run_workers(std::size_t most, unsigned threads, const std::function<void()>& work) {
    parallel_for(std::min<std::size_t>(most, threads), threads, [&](std::size_t) {
      try {
        work();
      } catch (...) {
        const std::lock_guard lock(failing_);
        if (!failure_) failure_ = std::current_exception();
        stopped_ = true;
      }
    });
    if (failure_) std::rethrow_exception(failure_);
    report_progress(progress_, samples_, samples_);
  }

 private:
  void report() {
    reported_ = true;
    last_ = clock::now();
    if (!progress_(done_.load(std::memory_order_relaxed), samples_)) throw cancelled();
  }

  const progress_callback& progress_;
  std::size_t samples_;
  std::atomic<std::size_t> done_ = 0;
  std::thread::id caller_ = std::this_thread::get_id();
  clock::time_point last_ = clock::now();  // of the caller's thread, as reported_
  bool reported_ = false;
  std::atomic<bool> stopped_ = false;
  std::mutex failing_;
  std::exception_ptr failure_;
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

/// Runs samples of one network on one thread. Keeps its memory from sample to sample.
template <class Real>
class sample_runner {
 public:
  sample_runner(const network<Real>& net, const simulation_options& options, scheduler engine)
      : net_(net), options_(options), engine_(engine), first_output_(net.first_id(net.populations().size() - 1)) {
    if (engine == scheduler::sweep) layers_.emplace(net);
    if (engine != scheduler::heap) return;
    // The fast path does not have the potentials of one instant in the middle of a run.
    if (lookahead_simulation<Real>::can_run(net, options.t_max) && !(options.early_exit && options.potentials)) {
      lookahead_.emplace(net);
    } else {
      instants_.emplace(net, options.potentials);
    }
  }

  /// Writes sample `place` of the record from its source times.
  void run(std::span<const double> source_times, spike_record& record, std::size_t place, sample_watch& watch) {
    check_sample(source_times);
    const auto neurons = record.neurons, potentials = options_.potentials ? neurons : 0;
    const auto times = std::span(record.times).subspan(place * neurons, neurons);
    const auto v_m = std::span(record.v_m).subspan(place * potentials, potentials);
    if (instants_) run_instants(*instants_, source_times, options_, first_output_, times, v_m, watch);
    if (lookahead_) {
      lookahead_->run(source_times, options_.t_max, options_.early_exit, times, v_m, [&] { watch.check(); });
    }
    if (layers_) layers_->run(source_times, options_.t_max, times, v_m);
    if (engine_ == scheduler::naive) run_naive(net_, source_times, options_.t_max, times, v_m);
  }

 private:
  const network<Real>& net_;
  const simulation_options& options_;
  scheduler engine_;
  std::size_t first_output_;
  std::optional<event_simulation<Real>> instants_;
  std::optional<lookahead_simulation<Real>> lookahead_;
  std::optional<layer_sweep<Real>> layers_;
};

/// Where samples take long, progress is reported after each.
template <class Real>
std::size_t samples_between_reports(const network<Real>& net, scheduler engine) {
  constexpr std::size_t large = 1 << 16;  // neurons
  return net.neuron_count() > large || engine == scheduler::naive ? 1 : 8;
}

/// A range of samples, [first, end).
struct sample_range {
  std::size_t first, end;
};

/// Samples for threads that each take their next range: long ones first, as each thread then fills memory of its own,
/// and short ones last, so that all end at about the same time.
class sample_ranges {
 public:
  sample_ranges(std::size_t samples, std::size_t least, unsigned threads)
      : samples_(samples), least_(least), threads_(threads) {}

  std::optional<sample_range> take() {
    const std::lock_guard lock(taking_);
    if (next_ == samples_) return {};
    const auto left = samples_ - next_;
    const auto first = next_;
    next_ += std::min(left, std::max(least_, left / (4 * threads_)));
    return sample_range{first, next_};
  }

 private:
  std::mutex taking_;
  std::size_t samples_, least_, threads_, next_ = 0;
};

/// Makes `values` [count], in pages of 2 MiB where the kernel has them: with pages of 4 KiB, the kernel takes longer to
/// provide the memory of a large record than a dense network to fill it. Providing huge pages takes time too, so all
/// threads ask for them.
void resize(std::vector<double>& values, std::size_t count, unsigned threads) {
  if (count > values.capacity()) {
    values = {};  // the old values need not be copied
    values.reserve(count);
#ifdef MADV_HUGEPAGE
    auto* const bytes = reinterpret_cast<char*>(values.data());
    const auto address = reinterpret_cast<std::uintptr_t>(bytes);
    const auto begin = (address + huge_page - 1) / huge_page * huge_page - address;
    const auto pages = begin < count * sizeof(double) ? (count * sizeof(double) - begin) / huge_page : 0;
    if (pages > 0) madvise(bytes + begin, pages * huge_page, MADV_HUGEPAGE);  // a hint, which may fail
    // Memory without values yet: the first write to a page makes the kernel provide it.
    if (threads > 1) parallel_for(pages, threads, [&](std::size_t p) { bytes[begin + p * huge_page] = 0; });
#endif
  }
  values.resize(count);
}

void resize(spike_record& record, std::size_t samples, std::size_t neurons, const simulation_options& options) {
  record.samples = samples;
  record.neurons = neurons;
  resize(record.times, samples * neurons, options.threads);
  resize(record.v_m, options.potentials ? samples * neurons : 0, options.threads);
}

/// Blocks of samples for threads that each take the next one, and wait with it until it is its turn.
class ordered_blocks {
 public:
  ordered_blocks(std::size_t samples, std::size_t start, unsigned threads)
      : samples_(samples), block_(start), threads_(threads) {}

  std::optional<sample_range> take() {
    const std::lock_guard lock(mutex_);
    if (next_ == samples_) return {};
    const auto left = samples_ - next_;
    const auto first = next_;
    // Short ones last, so that all threads end at about the same time.
    next_ += std::min({left, block_, std::max<std::size_t>(1, left / threads_)});
    return sample_range{first, next_};
  }

  /// Adapts the blocks to the time that one of the current length took, so that each takes a fraction of a second.
  void adapt(sample_range range, double seconds) {
    const std::lock_guard lock(mutex_);
    if (range.end - range.first != block_) return;
    if (seconds < 0.1) block_ = std::min(most_samples_of_block, 2 * block_);
    if (seconds > 0.4) block_ = std::max<std::size_t>(1, block_ / 2);
  }

  /// Calls work() once all earlier ranges have been done.
  void in_turn(sample_range range, sample_watch& watch, const std::function<void()>& work) {
    std::unique_lock lock(mutex_);
    while (!turn_.wait_for(lock, std::chrono::milliseconds(50), [&] { return done_ == range.first; })) {
      lock.unlock();
      watch.check();
      lock.lock();
    }
    lock.unlock();
    work();
    lock.lock();
    done_ = range.end;
    turn_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable turn_;
  std::size_t samples_, block_, threads_, next_ = 0, done_ = 0;
};

/// Time of all threads [s].
struct work_times {
  std::mutex adding;
  double engine = 0, all = 0;

  void add(double in_engine, double in_all) {
    const std::lock_guard lock(adding);
    engine += in_engine;
    all += in_all;
  }
};

}  // namespace

template <class Real>
scheduler chosen_scheduler(const network<Real>& net, scheduler wanted, bool early_exit) {
  if (wanted != scheduler::automatic) return wanted;
  if (early_exit || !net.acyclic()) return scheduler::heap;
  // The sweep tests all neurons of a population at each arrival, which is too much if it reaches only some of them.
  for (std::size_t p = 0; p < net.projection_count(); ++p) {
    const auto post = net.post(p);
    const bool no_test = net.has_fire_phase(post) && net.describe(p).shared;
    if (!net.dense_fed(post) && !no_test) return scheduler::heap;
  }
  return scheduler::sweep;
}

template <class Real>
void simulate_into(spike_record& record, const network<Real>& net, std::span<const double> source_times,
                   const simulation_options& options, const progress_callback& progress) {
  check(net, source_times, options);
  const auto sources = net.source_count();
  const auto samples = source_times.size() / sources;
  const auto engine = chosen_scheduler(net, options.engine, options.early_exit);
  resize(record, samples, net.neuron_count(), options);
  const auto block = samples_between_reports(net, engine);
  sample_ranges ranges(samples, block, options.threads);
  sample_watch watch(progress, samples);
  watch.run_workers((samples + block - 1) / block, options.threads, [&] {
    sample_runner<Real> runner(net, options, engine);
    while (const auto range = ranges.take()) {
      for (auto sample = range->first; sample < range->end;) {
        const auto end = std::min(range->end, sample + block), count = end - sample;
        for (; sample < end; ++sample) {
          runner.run(source_times.subspan(sample * sources, sources), record, sample, watch);
        }
        watch.add_done(count);
      }
    }
  });
}

template <class Real>
spike_record simulate(const network<Real>& net, std::span<const double> source_times, const simulation_options& options,
                      const progress_callback& progress) {
  spike_record record;
  simulate_into(record, net, source_times, options, progress);
  return record;
}

template <class Real>
double simulate_blocks(const network<Real>& net, std::size_t samples, const block_input& source_times,
                       const block_use& use, const simulation_options& options, const progress_callback& progress) {
  check(net, {}, options);
  const auto sources = net.source_count();
  const auto engine = chosen_scheduler(net, options.engine, options.early_exit);
  const auto step = samples_between_reports(net, engine);
  ordered_blocks blocks(samples, step, options.threads);
  sample_watch watch(progress, samples);
  work_times times;
  const auto started = clock::now();
  watch.run_workers((samples + step - 1) / step, options.threads, [&] {
    sample_runner<Real> runner(net, options, engine);
    spike_record record;
    auto of_one_thread = options;
    of_one_thread.threads = 1;
    while (const auto range = blocks.take()) {
      const auto before = clock::now();
      const auto input = source_times(range->first, range->end);
      const auto count = range->end - range->first;
      require(input.size() == count * sources, "{} source times for {} samples, needed: {} a sample", input.size(),
              count, sources);
      resize(record, count, net.neuron_count(), of_one_thread);
      const auto start = clock::now();
      for (std::size_t sample = 0; sample < count; ++sample) {
        runner.run(std::span(input).subspan(sample * sources, sources), record, sample, watch);
        if (sample % step == step - 1 || sample == count - 1) watch.add_done(sample % step + 1);
      }
      const auto end = clock::now();
      blocks.adapt(*range, seconds_between(start, end));
      const auto in_order = use(range->first, record);
      auto after = clock::now();
      times.add(seconds_between(start, end), seconds_between(before, after));
      blocks.in_turn(*range, watch, [&] {
        after = clock::now();
        if (in_order) in_order();
        times.add(0, seconds_between(after, clock::now()));
      });
    }
  });
  return times.all > 0 ? seconds_between(started, clock::now()) * times.engine / times.all : 0;
}

template scheduler chosen_scheduler(const network<float>&, scheduler, bool);
template scheduler chosen_scheduler(const network<double>&, scheduler, bool);
template void simulate_into(spike_record&, const network<float>&, std::span<const double>, const simulation_options&,
                            const progress_callback&);
template void simulate_into(spike_record&, const network<double>&, std::span<const double>, const simulation_options&,
                            const progress_callback&);
template spike_record simulate(const network<float>&, std::span<const double>, const simulation_options&,
                               const progress_callback&);
template spike_record simulate(const network<double>&, std::span<const double>, const simulation_options&,
                               const progress_callback&);
template double simulate_blocks(const network<float>&, std::size_t, const block_input&, const block_use&,
                                const simulation_options&, const progress_callback&);
template double simulate_blocks(const network<double>&, std::size_t, const block_input&, const block_use&,
                                const simulation_options&, const progress_callback&);

}  // namespace firstspike
