#include "runner/machine.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "support/ranks.hpp"
#include "support/temporary_folder.hpp"

namespace gmmvi::runner {
namespace {

namespace fs = std::filesystem;

/// /proc and /sys of a machine that has 1000 kB available, with control groups as a test wants them.
class Machine : public testing::Test {
 protected:
  Machine() { write("proc/meminfo", "MemTotal:       4000 kB\nMemFree:        10 kB\nMemAvailable:   1000 kB\n"); }
  void write(const std::string& path, const std::string& text) {
    fs::create_directories((root_.path() / path).parent_path());
    std::ofstream(root_.path() / path) << text;
  }
  double memory() const { return available_memory(root_.path()); }

  test::TemporaryFolder root_;
};

TEST_F(Machine, WithoutControlGroupsAllThatIsAvailable) {
  EXPECT_EQ(memory(), 1024000.0);
  EXPECT_TRUE(std::isinf(available_memory(root_.path() / "nowhere")));
}

TEST_F(Machine, LimitOfAGroupOfVersion2) {
  write("proc/self/cgroup", "0::/job/step\n");
  write("sys/fs/cgroup/job/step/memory.max", "300000\n");
  EXPECT_EQ(memory(), 300000.0);
  write("sys/fs/cgroup/job/step/memory.max", "max\n");
  EXPECT_EQ(memory(), 1024000.0);
}

TEST_F(Machine, LimitsOfTheGroupsAroundItHoldToo) {
  write("proc/self/cgroup", "0::/job/step\n");
  write("sys/fs/cgroup/job/step/memory.max", "300000\n");
  write("sys/fs/cgroup/job/memory.max", "200000\n");
  EXPECT_EQ(memory(), 200000.0);
}

TEST_F(Machine, LimitOfAContainerThatSeesTheOutsidesPath) {
  write("proc/self/cgroup", "0::/docker/4f3a\n");
  write("sys/fs/cgroup/memory.max", "400000\n");
  EXPECT_EQ(memory(), 400000.0);
}

TEST_F(Machine, WhatTheGroupUsesIsTakenButForItsCache) {
  write("proc/self/cgroup", "0::/\n");
  write("sys/fs/cgroup/memory.max", "400000\n");
  write("sys/fs/cgroup/memory.current", "150000\n");
  write("sys/fs/cgroup/memory.stat", "anon 70000\ninactive_file 50000\n");
  EXPECT_EQ(memory(), 300000.0);
}

TEST_F(Machine, LimitOfAGroupOfVersion1) {
  write("proc/self/cgroup", "5:cpu,cpuacct:/other\n4:hugetlb,memory:/job\n0::/\n");
  write("sys/fs/cgroup/memory/job/memory.limit_in_bytes", "300000\n");
  write("sys/fs/cgroup/memory/job/memory.usage_in_bytes", "150000\n");
  write("sys/fs/cgroup/memory/job/memory.stat", "inactive_file 1\ntotal_inactive_file 50000\n");
  write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  write("sys/fs/cgroup/memory/other/memory.limit_in_bytes", "1\n");
  EXPECT_EQ(memory(), 200000.0);
}

TEST_F(Machine, CoresAreCountedOnce) {
  write("proc/cpuinfo",
        "processor\t: 0\nmodel name\t: Fast 9\nphysical id\t: 0\ncore id\t: 0\n\n"
        "processor\t: 1\nmodel name\t: Fast 9\nphysical id\t: 0\ncore id\t: 0\n\n"
        "processor\t: 2\nmodel name\t: Fast 9\nphysical id\t: 1\ncore id\t: 0\n\n");
  EXPECT_EQ(cpu(root_.path()).model, "Fast 9");
  EXPECT_EQ(cpu(root_.path()).cores, 2);
  EXPECT_EQ(cpu(root_.path()).threads, 3);
}

TEST(Nodes, RanksOfOneMachineShareIt) {
  const std::vector<Node> found = nodes(test::world());
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].ranks, test::world().size());
  EXPECT_FALSE(found[0].name.empty());
  EXPECT_GT(found[0].available_memory, 1e6);
  EXPECT_LT(found[0].available_memory, 1e15);
}

}  // namespace
}  // namespace gmmvi::runner
