"""gmmvi-mpi for Spack 1.0 or later. In the root of a clone:

    spack repo add cluster/environments/spack_repo/gmmvi
    spack install gmmvi-mpi
    spack load gmmvi-mpi
    gmmvi --version

It builds what is committed on the clone's branch main. `gmmvi-mpi ~program` is the library alone. For SLURM, add
`^openmpi schedulers=slurm +legacylaunchers`; without the latter Open MPI 4.1 would come without mpirun.

Not tried, for want of a Spack: directives, and names, versions and variants of what it depends on, were compared with
Spack's own packages, and what cmake_args() says was given to CMake.
"""

from pathlib import Path

from spack_repo.builtin.build_systems.cmake import CMakePackage, generator

from spack.package import *

# cluster/environments/spack_repo/gmmvi/packages/gmmvi_mpi/package.py
CLONE = Path(__file__).resolve().parents[6]


class GmmviMpi(CMakePackage):
    """Gaussian mixture posteriors of expensive simulators by natural-gradient variational inference."""

    homepage = "https://arxiv.org/abs/2209.11533"  # the paper whose method it is
    git = f"file://{CLONE}"

    license("MIT")

    version("main", branch="main")

    variant("program", default=True, description="Build the program, not only the library")

    generator("ninja")

    depends_on("c", type="build")
    depends_on("cxx", type="build")
    depends_on("cmake@3.22:", type="build")

    # The library's headers include Eigen and MPI. Open MPI 4.1 is what it is tested with.
    depends_on("eigen@3.4:3")
    depends_on("openmpi@4.1")
    depends_on("boost@1.74:")
    # fmt 8 and 9 are what it is tested with.
    depends_on("fmt@8:9")
    depends_on("spdlog@1.9:")
    depends_on("random123")
    depends_on("zlib-api")

    with when("+program"):
        depends_on("boost +serialization")
        depends_on("pkgconfig", type="build")
        depends_on("yaml-cpp@0.7:")
        depends_on("cli11@2.1:")
        depends_on("nlohmann-json@3.10:")
        depends_on("cpp-httplib@0.10:")
        depends_on("netcdf-c ~mpi")
        # Simulators that are Python functions, and the Python package.
        depends_on("python@3.10:", type="run")

    # Reports draw with it; it becomes part of the program.
    resource(
        name="chart.js",
        url="https://cdn.jsdelivr.net/npm/chart.js@3.9.1/dist/chart.min.js",
        sha256="fbc45926e6b46845a0f905552a0e0b1331049bff1115ecf94dbe0904d895e710",
        expand=False,
        placement="chart.js",
        when="+program",
    )

    conflicts("%gcc@:10", msg="gmmvi-mpi is written in C++20")

    def cmake_args(self):
        args = [
            self.define_from_variant("GMMVI_PROGRAM", "program"),
            # Spack says itself which CPU to compile for.
            self.define("GMMVI_NATIVE", False),
            self.define("GMMVI_TESTS", False),
            self.define("GMMVI_BENCHMARKS", False),
        ]
        if self.spec.satisfies("+program"):
            chart_js = join_path(self.stage.source_path, "chart.js", "chart.min.js")
            args.append(self.define("GMMVI_CHART_JS", chart_js))
        return args
