#include "io/model_file.hpp"

#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <netcdf.h>

#include "gmmvi/error.hpp"

#include "io/atomic_file.hpp"
#include "io/model_hash.hpp"
#include "io/netcdf_file.hpp"
#include "support/full_disk.hpp"
#include "support/temporary_folder.hpp"

namespace gmmvi::io {
namespace {

/// Three components whose numbers have no short decimal form, one weight of 1e-29, and ids with a gap.
Mixture<FullCovariance> some_mixture(Eigen::Index dimension) {
  std::vector<GaussianPointer<FullCovariance>> gaussians;
  for (int k = 0; k < 4; ++k) {
    Eigen::MatrixXd factor = Eigen::MatrixXd::Zero(dimension, dimension);
    for (Eigen::Index i = 0; i < dimension; ++i) {
      for (Eigen::Index j = 0; j <= i; ++j) factor(i, j) = std::sin(1.0 + k + 3.0 * i + 7.0 * j);
      factor(i, i) = 0.1 + std::exp(factor(i, i));
    }
    const Eigen::VectorXd mean = Eigen::VectorXd::LinSpaced(dimension, 1.0 / 3.0, std::sqrt(2.0 + k));
    gaussians.push_back(std::make_shared<const Gaussian<FullCovariance>>(mean, *FullCovariance::from_cholesky(factor)));
  }
  Mixture<FullCovariance> mixture(std::move(gaussians), Eigen::Vector4d(0.1, 0.2, 0.3, 1e-29));
  mixture.remove({1});
  return mixture;
}

Model some_model(Eigen::Index dimension = 3) {
  Model model{some_mixture(dimension), {}, {}};
  for (Eigen::Index d = 0; d < dimension; ++d) model.parameter_names.push_back("β" + std::to_string(d));
  model.attributes = {.gmmvi_version = "1.2.3",
                      .target = "a test",
                      .codename = "SAMTRON",
                      .seed = 18446744073709551615ULL,
                      .iterations = 12,
                      .evaluations = 3400000000,
                      .elbo = ElboEstimate{.value = -78.4,
                                           .standard_error = 0.02,
                                           .samples = 9999,
                                           .outside = 1,
                                           .failures = 3,
                                           .log_evidence = -77.5,
                                           .log_evidence_standard_error = 0.125,
                                           .effective_sample_size = 129.0,
                                           .pareto_k = 0.5},
                      .elbo_estimate = -79.1};
  return model;
}

const Mixture<FullCovariance>& full(const AnyMixture& mixture) {
  return std::get<Mixture<FullCovariance>>(mixture);
}

std::string message_of_reading(const std::string& path) {
  try {
    read_model(path);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::data);
    return error.what();
  }
  return "no error";
}

/// Netcdf's own functions, as other programs use them.
class Raw {
 public:
  explicit Raw(const std::string& path) { check(nc_open(path.c_str(), NC_NOWRITE, &handle)); }
  ~Raw() { nc_close(handle); }
  static void check(int status) { ASSERT_EQ(status, NC_NOERR) << nc_strerror(status); }

  std::vector<std::string> dimensions_of(const char* variable) const {
    int count = 0;
    int ids[NC_MAX_VAR_DIMS];
    check(nc_inq_var(handle, id(variable), nullptr, nullptr, &count, ids, nullptr));
    std::vector<std::string> names;
    for (int i = 0; i < count; ++i) {
      char name[NC_MAX_NAME + 1];
      check(nc_inq_dimname(handle, ids[i], name));
      names.emplace_back(name);
    }
    return names;
  }
  std::vector<double> numbers(const char* variable, std::size_t count) const {
    std::vector<double> values(count);
    check(nc_get_var_double(handle, id(variable), values.data()));
    return values;
  }
  int id(const char* variable) const {
    int variable_id = -1;
    check(nc_inq_varid(handle, variable, &variable_id));
    return variable_id;
  }

  int handle = -1;
};

TEST(ModelFile, GivesTheMixtureBackBitForBit) {
  const test::TemporaryFolder folder;
  const Model model = some_model();
  write_model(folder / "model.nc", model);
  const Model read = read_model(folder / "model.nc");

  EXPECT_EQ(model_hash(read.mixture), model_hash(model.mixture));
  ASSERT_EQ(full(read.mixture).size(), 3);
  EXPECT_EQ(full(read.mixture).log_weights(), full(model.mixture).log_weights());
  for (Eigen::Index k = 0; k < 3; ++k) {
    const auto& before = full(model.mixture).components()[k];
    const auto& after = full(read.mixture).components()[k];
    EXPECT_EQ(after.id, before.id);
    EXPECT_EQ(after.gaussian->mean(), before.gaussian->mean());
    EXPECT_EQ(after.gaussian->covariance().cholesky(), before.gaussian->covariance().cholesky());
  }
}

TEST(ModelFile, GivesNamesAndAttributesBack) {
  const test::TemporaryFolder folder;
  const Model model = some_model();
  write_model(folder / "model.nc", model);
  const Model read = read_model(folder / "model.nc");

  EXPECT_EQ(read.parameter_names, model.parameter_names);
  EXPECT_EQ(read.attributes.gmmvi_version, "1.2.3");
  EXPECT_EQ(read.attributes.target, "a test");
  EXPECT_EQ(read.attributes.codename, "SAMTRON");
  EXPECT_EQ(read.attributes.seed, 18446744073709551615ULL);
  EXPECT_EQ(read.attributes.iterations, 12);
  EXPECT_EQ(read.attributes.evaluations, 3400000000);
  EXPECT_EQ(read.attributes.elbo_estimate, -79.1);
  ASSERT_TRUE(read.attributes.elbo);
  EXPECT_EQ(read.attributes.elbo->value, -78.4);
  EXPECT_EQ(read.attributes.elbo->standard_error, 0.02);
  EXPECT_EQ(read.attributes.elbo->samples, 9999);
  EXPECT_EQ(read.attributes.elbo->outside, 1);
  EXPECT_EQ(read.attributes.elbo->failures, 3);
  EXPECT_EQ(read.attributes.elbo->source, ElboEstimate::Source::fresh);
  EXPECT_EQ(read.attributes.elbo->log_evidence, -77.5);
  EXPECT_EQ(read.attributes.elbo->log_evidence_standard_error, 0.125);
  EXPECT_EQ(read.attributes.elbo->effective_sample_size, 129.0);
  EXPECT_EQ(read.attributes.elbo->pareto_k, 0.5);
}

TEST(ModelFile, DiagonalCovariancesComeBackBitForBitAndAreVectorsInTheFile) {
  using Names = std::vector<std::string>;
  const test::TemporaryFolder folder;
  std::vector<GaussianPointer<DiagonalCovariance>> gaussians;
  for (int k = 1; k <= 3; ++k)
    gaussians.push_back(std::make_shared<const Gaussian<DiagonalCovariance>>(
        Eigen::Vector2d(1.0 / 3.0, k), DiagonalCovariance::from_variances(Eigen::Vector2d(k / 7.0, std::exp(k)))));
  Model model = some_model(2);
  model.mixture = Mixture<DiagonalCovariance>(gaussians, Eigen::Vector3d(0.2, 0.3, 0.5));
  write_model(folder / "model.nc", model);
  const Model read = read_model(folder / "model.nc");
  EXPECT_TRUE(std::holds_alternative<Mixture<DiagonalCovariance>>(read.mixture));
  EXPECT_EQ(model_hash(read.mixture), model_hash(model.mixture));
  EXPECT_EQ(read.parameter_names, model.parameter_names);
  const Raw raw(folder / "model.nc");
  EXPECT_EQ(raw.dimensions_of("variances"), Names({"component", "dim"}));
  EXPECT_EQ(raw.dimensions_of("standard_deviations"), Names({"component", "dim"}));
}

TEST(ModelFile, AComponentAddedLaterGetsANewId) {
  const test::TemporaryFolder folder;
  const Model model = some_model();
  write_model(folder / "model.nc", model);
  Mixture<FullCovariance> read = full(read_model(folder / "model.nc").mixture);
  EXPECT_EQ(read.add(read.components()[0].gaussian, 0.5), 4u);
}

TEST(ModelFile, OtherProgramsFindNamedDimensionsAndRowMajorMatrices) {
  using Names = std::vector<std::string>;
  const test::TemporaryFolder folder;
  const Model model = some_model();
  write_model(folder / "model.nc", model);

  const Raw raw(folder / "model.nc");
  EXPECT_EQ(raw.dimensions_of("weights"), Names({"component"}));
  EXPECT_EQ(raw.dimensions_of("component_id"), Names({"component"}));
  EXPECT_EQ(raw.dimensions_of("means"), Names({"component", "dim"}));
  EXPECT_EQ(raw.dimensions_of("covariances"), Names({"component", "dim", "dim_column"}));
  EXPECT_EQ(raw.dimensions_of("cholesky_factors"), Names({"component", "dim", "dim_column"}));
  EXPECT_EQ(raw.dimensions_of("dim"), Names({"dim"}));

  const auto& third = *full(model.mixture).components()[2].gaussian;
  EXPECT_EQ(raw.numbers("means", 9)[2 * 3 + 1], third.mean()[1]);
  EXPECT_EQ(raw.numbers("cholesky_factors", 27)[2 * 9 + 2 * 3 + 1], third.covariance().cholesky()(2, 1));
  EXPECT_EQ(raw.numbers("covariances", 27)[2 * 9 + 2 * 3 + 1], third.covariance().matrix()(2, 1));
  EXPECT_EQ(raw.numbers("weights", 3)[0], full(model.mixture).weights()[0]);
}

TEST(ModelFile, AMissingFolderIsAnErrorThatNamesTheFile) {
  const test::TemporaryFolder folder;
  try {
    write_model(folder / "missing/model.nc", some_model());
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::cannot_create);
    EXPECT_NE(std::string(error.what()).find("missing/model.nc"), std::string::npos) << error.what();
  }
}

TEST(ModelFile, AFullDiskKeepsTheOldModelAndLeavesNoPart) {
  const test::TemporaryFolder folder;
  const Model old_model = some_model();
  write_model(folder / "model.nc", old_model);
  try {
    const test::FullDisk full(5000);
    write_model(folder / "model.nc", some_model(50));
    ADD_FAILURE() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::cannot_create);
    EXPECT_NE(std::string(error.what()).find("model.nc: File too large"), std::string::npos) << error.what();
  }
  EXPECT_FALSE(std::filesystem::exists(folder / "model.nc.partial"));
  EXPECT_EQ(model_hash(read_model(folder / "model.nc").mixture), model_hash(old_model.mixture));
}

TEST(ModelFile, SaysWhatIsWrongWithAFile) {
  const test::TemporaryFolder folder;
  EXPECT_NE(message_of_reading(folder / "none.nc").find("none.nc"), std::string::npos);

  std::ofstream(folder / "text.nc") << "not netCDF";
  EXPECT_NE(message_of_reading(folder / "text.nc").find("Unknown file format"), std::string::npos)
      << message_of_reading(folder / "text.nc");
}

TEST(ModelFile, RefusesNumbersThatAreNoMixture) {
  const test::TemporaryFolder folder;
  Model model = some_model();
  const auto& mixture = full(model.mixture);
  Eigen::VectorXd log_weights = mixture.log_weights();
  log_weights[1] = std::nan("");
  model.mixture = Mixture<FullCovariance>(mixture.components(), log_weights);
  write_model(folder / "model.nc", model);
  EXPECT_NE(message_of_reading(folder / "model.nc").find("`log_weights` has values that are missing or not finite"),
            std::string::npos)
      << message_of_reading(folder / "model.nc");
}

/// A model of two components in one dimension, as another program may write it.
struct ByHand {
  std::vector<double> log_weights = {std::log(0.25), std::log(0.75)}, weights = {0.25, 0.75}, means = {1.0, 2.0},
                      standard_deviations = {1.0, 2.0}, variances = {1.0, 4.0};
  std::vector<long long> ids = {0, 1};
  std::function<void(int file)> more = [](int) {};  ///< while dimensions and attributes are defined

  /// What reading it says.
  std::string message() const {
    const test::TemporaryFolder folder;
    const std::string path = folder / "model.nc";
    int file = -1, dimensions[2];
    Raw::check(nc_create(path.c_str(), NC_NETCDF4, &file));
    Raw::check(nc_put_att_text(file, NC_GLOBAL, "covariance_shape", 8, "diagonal"));
    Raw::check(nc_def_dim(file, "component", 2, &dimensions[0]));
    Raw::check(nc_def_dim(file, "dim", 1, &dimensions[1]));
    const auto define = [&](const char* name, nc_type type, std::vector<int> over) {
      int id = -1;
      Raw::check(nc_def_var(file, name, type, static_cast<int>(over.size()), over.data(), &id));
      return id;
    };
    const std::vector<int> by_component = {dimensions[0]}, whole = {dimensions[0], dimensions[1]};
    const int name = define("dim", NC_STRING, {dimensions[1]}), id = define("component_id", NC_INT64, by_component);
    std::vector<std::pair<int, const std::vector<double>*>> numbers = {
        {define("weights", NC_DOUBLE, by_component), &weights},
        {define("log_weights", NC_DOUBLE, by_component), &log_weights},
        {define("means", NC_DOUBLE, whole), &means},
        {define("standard_deviations", NC_DOUBLE, whole), &standard_deviations},
        {define("variances", NC_DOUBLE, whole), &variances}};
    more(file);
    nc_enddef(file);
    const char* parameter = "x";
    Raw::check(nc_put_var_string(file, name, &parameter));
    Raw::check(nc_put_var_longlong(file, id, ids.data()));
    for (const auto& [variable, values] : numbers) Raw::check(nc_put_var_double(file, variable, values->data()));
    nc_close(file);
    return message_of_reading(path);
  }
};

void expect_part(const std::string& message, const std::string& part) {
  EXPECT_NE(message.find(part), std::string::npos) << message;
}

TEST(ModelFile, OfAnotherProgramIsReadIfAllItsNumbersAreThoseOfAMixture) {
  EXPECT_EQ(ByHand().message(), "no error");
  expect_part(ByHand{.log_weights = {5.0, 5.0}}.message(),
              "the weights that `log_weights` says sum to 296.826, not to 1.");
  expect_part(
      ByHand{.weights = {0.5, 0.5}}.message(),
      "`weights` of component 0 (counted from 0) is not what `log_weights` says. A change has to be made in both.");
  expect_part(ByHand{.variances = {1.0, 5.0}}.message(),
              "`variances` of component 1 (counted from 0) is not what `standard_deviations` says.");
  expect_part(ByHand{.standard_deviations = {1.0, -2.0}}.message(), "a diagonal that is not positive");
  expect_part(ByHand{.means = {1.0, std::nan("")}}.message(), "`means` has values that are missing or not finite");
  expect_part(ByHand{.means = {1.0, NC_FILL_DOUBLE}}.message(), "`means` has values that are missing or not finite");
  expect_part(ByHand{.ids = {3, 3}}.message(), "`component_id` has to have a different number for each component");
  expect_part(ByHand{.ids = {-1, 3}}.message(), "`component_id` has to have a different number for each component");
}

TEST(ModelFile, HasNoMoreComponentsAndParametersThanTheFileHolds) {
  const test::TemporaryFolder folder;
  const std::string path = folder / "model.nc";
  const auto message = [&](std::size_t components, std::size_t parameters) {
    const std::vector<std::size_t> chunks(3, 1);
    int file = -1, dimensions[3];
    Raw::check(nc_create(path.c_str(), NC_NETCDF4, &file));
    Raw::check(nc_put_att_text(file, NC_GLOBAL, "covariance_shape", 4, "full"));
    Raw::check(nc_def_dim(file, "component", components, &dimensions[0]));
    Raw::check(nc_def_dim(file, "dim", parameters, &dimensions[1]));
    Raw::check(nc_def_dim(file, "dim_column", parameters, &dimensions[2]));
    for (const auto& [name, count] : {std::pair("component_id", 1), std::pair("log_weights", 1), std::pair("means", 2),
                                      std::pair("cholesky_factors", 3)}) {
      int id = -1;
      Raw::check(nc_def_var(file, name, NC_DOUBLE, count, dimensions, &id));
      Raw::check(nc_def_var_chunking(file, id, NC_CHUNKED, chunks.data()));
    }
    nc_close(file);
    return message_of_reading(path);
  };
  expect_part(message(1UL << 60, 1),
              "reading the shape of component_id failed (it is to have (1152921504606846976) "
              "values, which a file of ");
  expect_part(message(1, 1UL << 32), "reading the shape of means failed (it is to have (1, 4294967296) values");
  // Means that a file may hold, and matrices that it does not.
  expect_part(message(1, 1UL << 20),
              "reading the shape of cholesky_factors failed (it is to have (1, 1048576, 1048576)");
}

TEST(ModelFile, HasAttributesOfOneValue) {
  const std::vector<double> many(40, -1.5);
  for (const char* name : {"elbo", "elbo_estimate", "iterations", "evaluations", "seed"})
    expect_part(
        ByHand{.more = [&](int file) { nc_put_att_double(file, NC_GLOBAL, name, NC_DOUBLE, many.size(), many.data()); }}
            .message(),
        std::string("reading attribute ") + name + " failed (it has 40 values, not one)");
  for (const char* name : {"elbo_standard_error", "metrics_samples", "metrics_samples_outside"})
    expect_part(ByHand{.more =
                           [&](int file) {
                             nc_put_att_double(file, NC_GLOBAL, "elbo", NC_DOUBLE, 1, many.data());
                             nc_put_att_double(file, NC_GLOBAL, name, NC_DOUBLE, many.size(), many.data());
                           }}
                    .message(),
                std::string("reading attribute ") + name + " failed (it has 40 values, not one)");
  expect_part(ByHand{.more = [](int file) { nc_put_att_text(file, NC_GLOBAL, "elbo", 3, "low"); }}.message(),
              "reading attribute elbo failed");
  const char* texts[] = {"a", "b"};
  EXPECT_EQ(ByHand{.more = [&](int file) { nc_put_att_string(file, NC_GLOBAL, "target", 1, texts); }}.message(),
            "no error");
  expect_part(ByHand{.more = [&](int file) { nc_put_att_string(file, NC_GLOBAL, "target", 2, texts); }}.message(),
              "reading attribute target failed (it has 2 values, not one)");
}

TEST(ModelFile, NamesWhatAFileOfOtherContentLacks) {
  const test::TemporaryFolder folder;
  NetcdfFile other(folder / "other.nc", NetcdfFile::Mode::create);
  other.put_attribute("covariance_shape", "full");
  other.define_dimension("component", 1);
  write_atomically(folder / "other.nc", other.image());
  EXPECT_NE(message_of_reading(folder / "other.nc").find("finding dimension dim failed"), std::string::npos)
      << message_of_reading(folder / "other.nc");
}

TEST(ModelFile, RefusesAShapeOfCovariancesThatItDoesNotKnow) {
  const test::TemporaryFolder folder;
  NetcdfFile other(folder / "other.nc", NetcdfFile::Mode::create);
  other.put_attribute("covariance_shape", "banded");
  write_atomically(folder / "other.nc", other.image());
  EXPECT_NE(message_of_reading(folder / "other.nc").find("covariance_shape is banded"), std::string::npos)
      << message_of_reading(folder / "other.nc");
}

TEST(ModelHash, ChangesWithTheLastBitOfAnyNumber) {
  const Mixture<FullCovariance> mixture = some_mixture(3);
  const std::uint64_t hash = model_hash(mixture);
  EXPECT_EQ(model_hash(some_mixture(3)), hash);

  const Gaussian<FullCovariance>& first = mixture.gaussian(0);
  Eigen::VectorXd mean = first.mean();
  mean[2] = std::nextafter(mean[2], 10.0);
  Mixture<FullCovariance> changed = mixture;
  changed.replace(0, std::make_shared<const Gaussian<FullCovariance>>(mean, first.covariance()));
  EXPECT_NE(model_hash(changed), hash);

  Eigen::MatrixXd factor = first.covariance().cholesky();
  factor(2, 0) = std::nextafter(factor(2, 0), 10.0);
  changed.replace(
      0, std::make_shared<const Gaussian<FullCovariance>>(first.mean(), *FullCovariance::from_cholesky(factor)));
  EXPECT_NE(model_hash(changed), hash);

  Eigen::VectorXd log_weights = mixture.log_weights();
  log_weights[1] = std::nextafter(log_weights[1], 0.0);
  EXPECT_NE(model_hash(Mixture<FullCovariance>(mixture.components(), log_weights)), hash);
}

}  // namespace
}  // namespace gmmvi::io
