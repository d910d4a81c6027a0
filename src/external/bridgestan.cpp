#include "external/bridgestan.hpp"

#include <cstdio>
#include <mutex>
#include <set>
#include <sstream>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "gmmvi/error.hpp"

#include "core/contract.hpp"
#include "core/text_file.hpp"
#include "external/shared_library.hpp"

namespace gmmvi::external {
namespace {

// One choice for values with and without gradients: otherwise they would differ by a constant.
constexpr bool without_constants = false;
constexpr bool with_jacobian = true;

// A model without STAN_THREADS keeps what it differentiates with in one place for all threads.
std::mutex one_thread_at_a_time;

std::vector<std::string> names_in_list(const char* list) {
  std::vector<std::string> names;
  std::istringstream stream(list);
  for (std::string name; std::getline(stream, name, ',');) names.push_back(name);
  return names;
}

/// What Stan programs print: standard output is not theirs.
void print_to_stderr(const char* text, std::size_t size) {
  std::fwrite(text, 1, size, stderr);
}

}  // namespace

struct Bridgestan::Model {
  Model(const BridgestanOptions& options, const std::string& data) : library(options.library, "Stan model") {
    check_version();
    constexpr const char* hint = "it was not compiled by BridgeStan 2, or not completely";
    library.get(construct, "bs_model_construct", hint);
    library.get(destruct, "bs_model_destruct", hint);
    library.get(free_error, "bs_free_error_msg", hint);
    library.get(info, "bs_model_info", hint);
    library.get(param_names, "bs_param_names", hint);
    library.get(param_unc_names, "bs_param_unc_names", hint);
    library.get(param_unc_num, "bs_param_unc_num", hint);
    library.get(param_constrain, "bs_param_constrain", hint);
    library.get(log_density, "bs_log_density", hint);
    library.get(log_density_gradient, "bs_log_density_gradient", hint);
    library.get(rng_construct, "bs_rng_construct", hint);
    library.get(rng_destruct, "bs_rng_destruct", hint);
    library.get(set_print_callback, "bs_set_print_callback", hint);

    const std::lock_guard guard(one_thread_at_a_time);
    // Once for each library: it throws away the stream of before, which another instance may be printing to.
    static std::set<decltype(set_print_callback)> redirected;
    if (redirected.insert(set_print_callback).second)
      call("bs_set_print_callback", [&](char** error) { return set_print_callback(print_to_stderr, error); });
    call("its data", [&](char** error) {
      handle = construct(data.c_str(), 0, error);
      return handle != nullptr ? 0 : -1;
    });
    const char* const about = info(handle);
    threads = about != nullptr && std::string_view(about).find("STAN_THREADS=true") != std::string_view::npos;
    unconstrained_names = names_in_list(param_unc_names(handle));
  }
  ~Model() {
    const auto guard = lock();
    destruct(handle);
  }
  Model(const Model&) = delete;
  Model& operator=(const Model&) = delete;

  void check_version() const {
    const int *major = nullptr, *minor = nullptr;
    library.find(major, "bs_major_version");
    library.find(minor, "bs_minor_version");
    constexpr const char* advice = "compile it again with BridgeStan 2";
    if (major == nullptr || minor == nullptr)
      throw Error(fmt::format("{} has no symbol bs_major_version: it is none of BridgeStan, or of its version 1.0; {}",
                              library.name(), advice),
                  ExitCode::unavailable);
    if (*major != 2)
      throw Error(fmt::format("{} was compiled by BridgeStan {}.{}, whose functions are others; {}", library.name(),
                              *major, *minor, advice),
                  ExitCode::unavailable);
  }

  /// Calls a function that returns 0 if it did not fail; throws what it says otherwise. `doing` in case of no words.
  template <class Function>
  void call(const char* doing, Function function) const {
    char* error = nullptr;
    const int failed = function(&error);
    std::string words = error != nullptr ? error : "";
    if (error != nullptr) free_error(error);
    if (failed == 0) return;
    if (words.empty()) words = fmt::format("{} failed, without a word", doing);
    throw Error(fmt::format("{} ({})", words, library.name()), ExitCode::unavailable);
  }

  std::unique_lock<std::mutex> lock() const {
    return threads ? std::unique_lock<std::mutex>() : std::unique_lock(one_thread_at_a_time);
  }

  SharedLibrary library;
  // bridgestan.h of version 2, with void for its opaque types.
  void* (*construct)(const char* data, unsigned seed, char** error) = nullptr;
  void (*destruct)(void* model) = nullptr;
  void (*free_error)(char* error) = nullptr;
  const char* (*info)(const void* model) = nullptr;
  const char* (*param_names)(const void* model, bool tp, bool gq) = nullptr;
  const char* (*param_unc_names)(const void* model) = nullptr;
  int (*param_unc_num)(const void* model) = nullptr;
  int (*param_constrain)(const void* model, bool tp, bool gq, const double* unconstrained, double* constrained,
                         void* rng, char** error) = nullptr;
  int (*log_density)(const void* model, bool propto, bool jacobian, const double* unconstrained, double* value,
                     char** error) = nullptr;
  int (*log_density_gradient)(const void* model, bool propto, bool jacobian, const double* unconstrained, double* value,
                              double* gradient, char** error) = nullptr;
  void* (*rng_construct)(unsigned seed, char** error) = nullptr;
  void (*rng_destruct)(void* rng) = nullptr;
  int (*set_print_callback)(void (*callback)(const char* text, std::size_t size), char** error) = nullptr;

  void* handle = nullptr;
  bool threads = false;  // whether it was compiled for several
  std::vector<std::string> unconstrained_names;
};

Bridgestan::Bridgestan(const BridgestanOptions& options, const Start& start) {
  if (start.returns_outputs)
    throw Error("A Stan model gives a log density, so its target cannot have `returns: outputs`.",
                ExitCode::configuration);
  model_ = std::make_unique<Model>(options, options.data.empty() ? std::string() : core::read_text(options.data));
  const auto& names = model_->unconstrained_names;
  const std::string& library = model_->library.name();
  if (names.empty() || static_cast<int>(names.size()) != model_->param_unc_num(model_->handle))
    throw Error(fmt::format("{} has {} unconstrained parameters and {} names for them", library,
                            model_->param_unc_num(model_->handle), names.size()),
                ExitCode::unavailable);
  if (!start.parameters.empty() && start.parameters != names)
    throw Error(fmt::format("{} has the unconstrained parameters {}, but `parameters` of the config names {}. Leave "
                            "them out: names and bounds come from the model.",
                            library, fmt::join(names, ", "), fmt::join(start.parameters, ", ")),
                ExitCode::configuration);
}

Bridgestan::~Bridgestan() = default;

Eigen::Index Bridgestan::dimension() const {
  return static_cast<Eigen::Index>(model_->unconstrained_names.size());
}

std::vector<std::string> Bridgestan::parameter_names() const {
  return model_->unconstrained_names;
}

Answer Bridgestan::evaluate(const Call& call) {
  const auto guard = model_->lock();
  const Eigen::MatrixXd samples = call.samples;  // without gaps between columns
  Answer answer;
  answer.outputs.resize(1, samples.cols());
  if (call.want_gradients) answer.gradients.resize(dimension(), samples.cols());
  for (Eigen::Index i = 0; i < samples.cols(); ++i) {
    const double* const x = samples.col(i).data();
    double* const value = &answer.outputs(0, i);
    if (call.want_gradients)
      model_->call("bs_log_density_gradient", [&](char** error) {
        return model_->log_density_gradient(model_->handle, without_constants, with_jacobian, x, value,
                                            answer.gradients.col(i).data(), error);
      });
    else
      model_->call("bs_log_density", [&](char** error) {
        return model_->log_density(model_->handle, without_constants, with_jacobian, x, value, error);
      });
  }
  return answer;
}

std::vector<std::string> Bridgestan::constrained_names(const Columns& columns) const {
  const auto guard = model_->lock();
  return names_in_list(
      model_->param_names(model_->handle, columns.transformed_parameters, columns.generated_quantities));
}

Eigen::VectorXd Bridgestan::constrain(const Eigen::VectorXd& unconstrained, const Columns& columns,
                                      std::uint32_t seed) const {
  GMMVI_EXPECT(unconstrained.size() == dimension(), "as many as there are unconstrained parameters");
  const Eigen::Index size = static_cast<Eigen::Index>(constrained_names(columns).size());
  const auto guard = model_->lock();
  std::unique_ptr<void, void (*)(void*)> rng(nullptr, model_->rng_destruct);
  if (columns.generated_quantities)
    model_->call("bs_rng_construct", [&](char** error) {
      rng.reset(model_->rng_construct(seed, error));
      return rng ? 0 : -1;
    });
  Eigen::VectorXd constrained(size);
  model_->call("bs_param_constrain", [&](char** error) {
    return model_->param_constrain(model_->handle, columns.transformed_parameters, columns.generated_quantities,
                                   unconstrained.data(), constrained.data(), rng.get(), error);
  });
  return constrained;
}

}  // namespace gmmvi::external
