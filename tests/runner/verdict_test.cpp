#include "runner/verdict.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <functional>
#include <sstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "io/metrics_file.hpp"
#include "io/verdict_json.hpp"
#include "support/temporary_folder.hpp"

namespace gmmvi::runner {
namespace {

using Severity = io::Finding::Severity;

io::RecentIterations settled() {
  return {.iterations = 60,
          .evaluations = 3000,
          .estimates = 60,
          .gain = 0.01,
          .recent_gain = -0.01,
          .noise = 0.03,
          .correlation = 0.1,
          .updates = 600};
}

/// A fit that there is nothing to say against.
VerdictFacts fine() {
  return {.iterations = 300,
          .evaluations = 15000,
          .elbo_estimate = -78.3,
          .elbo = ElboEstimate{.value = -78.41,
                               .standard_error = 0.004,
                               .samples = 10000,
                               .elbo_effective_sample_size = 10000,
                               .log_evidence = -78.38,
                               .log_evidence_standard_error = 0.005,
                               .effective_sample_size = 9000,
                               .pareto_k = 0.31},
          .recent = settled(),
          .modes_found = {},
          .modes = {}};
}

/// fine(), but for what `change` does.
io::Verdict with(const std::function<void(VerdictFacts&)>& change) {
  VerdictFacts facts = fine();
  change(facts);
  return judge(facts);
}

/// What a verdict says about something, or that it says nothing.
io::Finding about(const io::Verdict& verdict, const std::string& subject) {
  const auto found = std::ranges::find(verdict.findings, subject, &io::Finding::about);
  return found == verdict.findings.end() ? io::Finding{.about = subject, .text = "nothing"} : *found;
}

void expect(const io::Verdict& verdict, const std::string& subject, Severity severity, const std::string& part) {
  const io::Finding finding = about(verdict, subject);
  EXPECT_EQ(finding.severity, severity) << finding.text;
  EXPECT_NE(finding.text.find(part), std::string::npos) << finding.text;
}

std::string word(const std::function<void(VerdictFacts&)>& change) {
  return with(change).word();
}

TEST(Judge, PraisesWhatDeservesIt) {
  const io::Verdict verdict = judge(fine());
  EXPECT_EQ(verdict.word(), "good");
  expect(verdict, "trend", Severity::fine, "Converged: over the last 60 iterations (3000 evaluations)");
  expect(verdict, "distance", Severity::fine, "log evidence − ELBO = 0.0300 ± 0.0064 is left");
  expect(verdict, "importance", Severity::fine, "Pareto k 0.31 from 10000 samples");
  expect(verdict, "modes", Severity::fine, "A mode that no sample came near does not show");
}

// −ELBO 1153 where 78 is right.
TEST(Judge, SaysStillImproving) {
  const auto gaining = [](double gain, double recent) {
    return [=](VerdictFacts& facts) {
      facts.recent.gain = gain;
      facts.recent.recent_gain = recent;
      facts.recent.correlation = 0.9;
    };
  };
  expect(with(gaining(900.0, 400.0)), "trend", Severity::bad,
         "Still improving: over the last 60 iterations (3000 "
         "evaluations) the ELBO estimate grew by 900.");
  expect(with(gaining(0.4, 0.2)), "trend", Severity::care, "grew by 0.40");
  expect(with(gaining(0.04, 0.03)), "trend", Severity::fine, "Converged");
  expect(with(gaining(0.4, 0.01)), "trend", Severity::care, "but little in the second half of them");
  const auto noisy = [&](VerdictFacts& facts) {
    gaining(0.4, 0.01)(facts);
    facts.recent.noise = 0.2;
  };
  expect(with(noisy), "trend", Severity::fine, "Converged");  // by so little beyond its noise, and not of late
  expect(with(gaining(0.095, 0.03)), "trend", Severity::care, "Still improving, slowly");
  EXPECT_EQ(word(gaining(900.0, 400.0)), "not to be trusted");
  const auto soon = [](VerdictFacts& facts) {
    facts.recent = {
        .iterations = 5, .evaluations = 500, .estimates = 5, .gain = 900.0, .recent_gain = 300.0, .correlation = 1.0};
  };
  expect(with(soon), "trend", Severity::bad, "Still improving");
}

TEST(Judge, SaysWhereATrendCannotBeSeen) {
  expect(with([](VerdictFacts& facts) { facts.recent.estimates = 6; }), "trend", Severity::care,
         "6 iterations: too few");
  expect(with([](VerdictFacts& facts) { facts.recent.noise = 12.0; }), "trend", Severity::care,
         "noise, which is large");
  expect(with([](VerdictFacts& facts) {
           facts.recent.gain = -30.0;
           facts.recent.correlation = -0.8;
         }),
         "trend", Severity::care, "fell by 30");
  const auto falling = [](double recent) {
    return [=](VerdictFacts& facts) {
      facts.recent.gain = -0.19;
      facts.recent.recent_gain = recent;
      facts.recent.correlation = -0.8;
    };
  };
  expect(with(falling(-0.1)), "trend", Severity::care, "fell by 0.19");
  expect(with(falling(0.01)), "trend", Severity::fine, "Converged");
}

TEST(Judge, SaysThatMissedModesDoNotShowUnlessItKnowsThem) {
  expect(with([](VerdictFacts& facts) { facts.elbo.reset(); }), "modes", Severity::fine, "does not show");
  EXPECT_EQ(about(with([](VerdictFacts& facts) { facts.modes = facts.modes_found = 3.0; }), "modes").text,
            "3 of 3 modes of the target are in the mixture.");
}

TEST(Judge, MissingModesSpoilPraise) {
  const auto found = [](double count) {
    return [=](VerdictFacts& facts) {
      facts.modes_found = count;
      facts.modes = 10.0;
    };
  };
  expect(with(found(6)), "modes", Severity::bad,
         "6 of 10 modes of the target are in the mixture: the others are missing");
  EXPECT_EQ(word(found(6)), "not to be trusted");
  EXPECT_EQ(word(found(9)), "usable with care");
  EXPECT_EQ(word(found(10)), "good");
}

TEST(Judge, SaysHowMuchIsOutsideAndWhatToDo) {
  const auto share = [](double outside) { return [=](VerdictFacts& facts) { facts.elbo->share_outside = outside; }; };
  expect(with(share(0.65)), "outside", Severity::bad, "65 % of the mixture lies outside the support");
  expect(with(share(0.65)), "outside", Severity::bad, "log x for x > 0");
  expect(with(share(0.031)), "outside", Severity::care, "3.1 % of the mixture");
  EXPECT_EQ(about(with(share(0.009)), "outside").text, "nothing");
  // without samples of the end, those of the last iterations tell
  const auto unmeasured = [](VerdictFacts& facts) {
    facts.elbo.reset();
    facts.recent.fraction_outside = 0.8;
  };
  expect(with(unmeasured), "outside", Severity::bad, "80 % of the last iterations' samples lay outside");
  const auto all_outside = [](VerdictFacts& facts) {
    facts.elbo = ElboEstimate{.value = std::nan(""), .outside = 10000, .share_outside = 1.0};
  };
  expect(with(all_outside), "outside", Severity::bad, "100 % of the mixture");
}

TEST(Judge, ASmallParetoKAloneIsNoPraise) {
  const auto far = [](double distance) {
    return [=](VerdictFacts& facts) { facts.elbo->value = facts.elbo->log_evidence - distance; };
  };
  expect(with(far(0.4)), "distance", Severity::care, "a mean would be 0.9 standard deviations off there.");
  expect(with(far(23.0)), "distance", Severity::bad, "23.0000");
  EXPECT_EQ(word(far(23.0)), "not to be trusted");
  const auto uncertain = [](VerdictFacts& facts) { facts.elbo->standard_error = 0.2; };
  EXPECT_EQ(word(uncertain), "usable with care") << "what is not known cannot be praised";
}

// A distance of 1.5 nats may be spread over 31 dimensions.
TEST(Judge, SaysWhatWeightsMakeOfTheMoments) {
  const auto moments = [](double shift, double least, double most) {
    return [=](VerdictFacts& facts) {
      facts.elbo->value = facts.elbo->log_evidence - 1.5;
      facts.elbo->mean_shift = shift;
      facts.elbo->least_deviation = least;
      facts.elbo->largest_deviation = most;
    };
  };
  expect(with(moments(0.04, 0.92, 1.0)), "moments", Severity::fine,
         "no mean by more than 0.04 standard deviations; the mixture's standard deviations are 0.92 to 1.00 times the "
         "weighted ones.");
  EXPECT_EQ(word(moments(0.04, 0.92, 1.0)), "usable with care");
  expect(with(moments(0.04, 0.6, 1.0)), "moments", Severity::care, "gmmvi sample --log-target");
  EXPECT_EQ(word(moments(0.04, 0.6, 1.0)), "not to be trusted");
  EXPECT_EQ(word(moments(0.3, 0.95, 1.0)), "not to be trusted");
  const auto few = [&](VerdictFacts& facts) {
    moments(0.04, 0.92, 1.0)(facts);
    facts.elbo->effective_sample_size = 900.0;
  };
  EXPECT_EQ(about(with(few), "moments").text, "nothing") << "noise moves them as much";
  EXPECT_EQ(word(few), "not to be trusted");
  const auto warm = [&](VerdictFacts& facts) {
    moments(0.04, 0.6, 1.0)(facts);
    facts.elbo->temperature = 0.5;
  };
  EXPECT_EQ(about(with(warm), "moments").text, "nothing") << "they are not to be those of the target";
}

TEST(Judge, SaysWhatParetoKIsWorth) {
  const auto k = [](double pareto_k, double effective) {
    return [=](VerdictFacts& facts) {
      facts.elbo->pareto_k = pareto_k;
      facts.elbo->effective_sample_size = effective;
    };
  };
  expect(with(k(0.91, 2000)), "importance", Severity::care, "Pareto k 0.91 from 10000 samples (to be below 0.7)");
  expect(with(k(0.91, 2000)), "distance", Severity::care, " or more is left");
  expect(with(k(0.91, 9700)), "importance", Severity::fine,
         "9700 of the 10000 inside the support count for the evidence");
  expect(with(k(-3.14, 9700)), "importance", Severity::fine, "Pareto k below 0 from");
  expect(with(k(0.5, 40)), "importance", Severity::care, "of which 40 count for the evidence");
  expect(with(k(INFINITY, 10000)), "importance", Severity::fine, "All importance weights are equal");
  expect(with(k(INFINITY, 3)), "importance", Severity::care, "Too few samples for Pareto k");
}

TEST(Judge, WithATemperatureTheDistanceIsNotKnown) {
  const auto warm = [](VerdictFacts& facts) { facts.elbo->temperature = 0.5; };
  expect(with(warm), "distance", Severity::fine, "With a temperature of 0.5 the ELBO is no bound");
}

TEST(Judge, SaysWhereTheNumbersComeFrom) {
  const auto recycled = [](VerdictFacts& facts) {
    facts.elbo->source = ElboEstimate::Source::recycled;
    facts.elbo->samples = 2950;
    facts.elbo->elbo_effective_sample_size = 45.0;
  };
  expect(with(recycled), "source", Severity::care,
         "the run's own 2950 evaluations, weighted (for the ELBO they count as 45)");
  const auto many = [&](VerdictFacts& facts) {
    recycled(facts);
    facts.elbo->elbo_effective_sample_size = 1500.0;
  };
  expect(with(many), "source", Severity::fine, "they count as 1500");
  EXPECT_EQ(word(many), "good");
  expect(with([](VerdictFacts& facts) { facts.elbo.reset(); }), "source", Severity::care, "not measured");
}

TEST(Judge, SuspectsTheGradientOfASimulatorWhereAFitIsPoor) {
  const auto stalled = [](VerdictFacts& facts) { facts.elbo->pareto_k = 1.4; };
  EXPECT_EQ(about(with(stalled), "gradient").text, "nothing");
  EXPECT_EQ(about(with([](VerdictFacts& facts) { facts.gradients_are_outside = true; }), "gradient").text, "nothing");
  const auto of_simulator = [&](VerdictFacts& facts) {
    stalled(facts);
    facts.gradients_are_outside = true;
    facts.elbo->effective_sample_size = 50.0;
  };
  expect(with(of_simulator), "gradient", Severity::care, "`gmmvi check`");
}

TEST(Judge, CountsRefusedUpdatesAndFailures) {
  const auto refused = [](std::int64_t count) {
    return [=](VerdictFacts& facts) { facts.recent.refused_updates = count; };
  };
  expect(with(refused(6)), "refused", Severity::fine, "6 of the last 600 updates of components were refused");
  expect(with(refused(36)), "refused", Severity::care, "(6 %)");
  expect(with(refused(300)), "refused", Severity::bad, "(50 %)");
  expect(with([](VerdictFacts& facts) { facts.failures = 150; }), "failures", Severity::fine,
         "150 of 15000 evaluations");
  expect(with([](VerdictFacts& facts) { facts.failures = 3000; }), "failures", Severity::care, "(20 %)");
  expect(with([](VerdictFacts& facts) { facts.elbo->failures = 5000; }), "failures", Severity::care,
         "5000 of the 15000 samples");
  expect(with([](VerdictFacts& facts) { facts.recent.unusable_batches = 2; }), "failures", Severity::care, "In 2 of");
}

TEST(Judge, SaysThatARunWasStoppedOrDidNothing) {
  expect(with([](VerdictFacts& facts) { facts.complete = false; }), "end", Severity::care, "stopped before its end");
  const auto unmeasured = [](VerdictFacts& facts) {
    facts.complete = false;
    facts.elbo.reset();
  };
  expect(with(unmeasured), "end", Severity::bad, "nothing was measured");
  expect(with([](VerdictFacts& facts) { facts.iterations = 0; }), "end", Severity::care, "No iteration was made");
}

TEST(Judge, NumbersOutOfRangeAreBad) {
  expect(with([](VerdictFacts& facts) { facts.elbo->value = std::nan(""); }), "numbers", Severity::bad, "not a finite");
  expect(with([](VerdictFacts& facts) {
           facts.elbo.reset();
           facts.elbo_estimate = INFINITY;
         }),
         "numbers", Severity::bad, "not a finite");
  expect(with([](VerdictFacts& facts) {
           facts.elbo.reset();
           facts.elbo_estimate.reset();
           facts.recent.unusable_batches = 1;
         }),
         "numbers", Severity::bad, "nothing was learnt");
  const io::Verdict resumed = with([](VerdictFacts& facts) {
    facts.elbo.reset();
    facts.elbo_estimate.reset();
  });
  EXPECT_TRUE(std::ranges::none_of(resumed.findings, [](const auto& f) { return f.about == "numbers"; }))
      << "nothing was measured, as in a job that ended before its first iteration";
}

TEST(Judge, ThePerfectFitIsGoodWithinRounding) {
  const auto perfect = [](VerdictFacts& facts) {
    facts.elbo->value = facts.elbo->log_evidence = -1.8e-15;
    facts.elbo->standard_error = facts.elbo->log_evidence_standard_error = 1e-17;
    facts.elbo->pareto_k = INFINITY;
    facts.elbo->effective_sample_size = 10000.0;
  };
  const io::Finding distance = about(with(perfect), "distance");
  EXPECT_NE(distance.text.find("log evidence − ELBO = 0 within rounding"), std::string::npos) << distance.text;
  EXPECT_EQ(distance.text.find("standard deviations"), std::string::npos) << distance.text;
  EXPECT_EQ(word(perfect), "good");
}

TEST(Judge, TheWorstComesFirst) {
  const io::Verdict verdict = with([](VerdictFacts& facts) {
    facts.recent.refused_updates = 36;
    facts.modes_found = 6.0;
    facts.modes = 10.0;
  });
  EXPECT_EQ(verdict.findings[0].about, "modes");
  EXPECT_EQ(verdict.findings[1].about, "refused");
}

TEST(VerdictText, IsTheWordAndALineAFinding) {
  const io::Verdict verdict{.findings = {{Severity::bad, "a", "One two three four."}, {Severity::fine, "b", "Five."}}};
  EXPECT_EQ(to_text(verdict), "Verdict: not to be trusted\n!! One two three four.\n   Five.");
}

TEST(VerdictJson, IsReadAsWritten) {
  const io::Verdict verdict = with([](VerdictFacts& facts) {
    facts.modes_found = 6.0;
    facts.modes = 10.0;
  });
  const auto written = io::verdict_json(verdict);
  EXPECT_EQ(written.at("word"), "not to be trusted");
  EXPECT_EQ(written.at("recent").at("evaluations"), 3000);
  const io::Verdict read = io::verdict_of(written);
  ASSERT_EQ(read.findings.size(), verdict.findings.size());
  for (std::size_t i = 0; i < read.findings.size(); ++i) {
    EXPECT_EQ(read.findings[i].text, verdict.findings[i].text);
    EXPECT_EQ(read.findings[i].about, verdict.findings[i].about);
    EXPECT_EQ(read.findings[i].severity, verdict.findings[i].severity);
  }
  EXPECT_EQ(read.modes, 10.0);
  EXPECT_EQ(io::verdict_json(read), written);
}

IterationReport report_of(std::int64_t iteration, double estimate) {
  IterationReport report;
  report.iteration = iteration;
  report.evaluations = 50 * iteration;
  report.components = 4;
  report.elbo_estimate = estimate;
  return report;
}

TEST(RecentHistory, IsTheLastFifthAndTwentyAtLeast) {
  RecentHistory history;
  EXPECT_EQ(history.summary().iterations, 0);
  for (std::int64_t i = 1; i <= 50; ++i) history.note(report_of(i, 0.1 * static_cast<double>(i)));
  EXPECT_EQ(history.summary().iterations, 20);
  EXPECT_EQ(history.summary().evaluations, 1000);
  EXPECT_NEAR(history.summary().gain, 2.0, 1e-9);
  for (std::int64_t i = 51; i <= 500; ++i) history.note(report_of(i, 0.0));
  IterationReport last = report_of(501, 0.0);
  last.refused_updates = 3;
  last.fraction_outside = 1.0;
  history.note(last);
  const io::RecentIterations recent = history.summary();
  EXPECT_EQ(recent.iterations, 100);
  EXPECT_EQ(recent.updates, 400);
  EXPECT_EQ(recent.refused_updates, 3);
  EXPECT_EQ(recent.fraction_outside, 0.0) << "the median";
  EXPECT_EQ(recent.gain, 0.0);
}

TEST(RecentHistory, OfARunThatGoesOnIsInItsMetrics) {
  const test::TemporaryFolder folder;
  const std::string path = folder / "metrics.jsonl";
  RecentHistory direct;
  {
    io::MetricsFile file(path);
    for (std::int64_t i = 1; i <= 40; ++i) {
      IterationReport report = report_of(i, std::sqrt(static_cast<double>(i)));
      report.refused_updates = i % 3;
      report.fraction_outside = 0.01 * static_cast<double>(i);
      report.batch_was_usable = i % 7 != 0;
      file.append({.report = report, .elbo = {}});
      if (i <= 30) direct.note(report);
    }
  }
  const auto read = io::Verdict{.findings = {}, .recent = RecentHistory::of_file(path, 30).summary()};
  EXPECT_EQ(io::verdict_json(read), io::verdict_json({.findings = {}, .recent = direct.summary()}));
  EXPECT_EQ(RecentHistory::of_file(folder / "none", 30).summary().iterations, 0);
}

}  // namespace
}  // namespace gmmvi::runner
