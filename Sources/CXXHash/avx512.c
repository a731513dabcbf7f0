#include "wide.h"

#if defined(__x86_64__)
#include <immintrin.h>
#pragma clang attribute push(__attribute__((target("avx512f"))), apply_to = function)
#define XXH_INLINE_ALL
#define XXH_VECTOR 3 // XXH_AVX512
#include <xxhash.h>
JBR_DEFINE(avx512)
#pragma clang attribute pop
#endif
