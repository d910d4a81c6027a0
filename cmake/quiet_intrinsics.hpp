// Included before everything else by GCC 11 and 12. Their own intrinsics leave registers undefined by `__Y = __Y`, and
// where Eigen inlines them into our code, -Wuninitialized warns of that, thousands of times (GCC's bug 105593; since
// GCC 13 they are written as here). What is wrong in our own code is still told.
#pragma once

#ifdef __AVX__
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#include <immintrin.h>
#pragma GCC diagnostic pop
#endif
