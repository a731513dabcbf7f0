// What is compiled once for each width of vectors; see CXXHash.h.
#pragma once
#include <stddef.h>
#include <stdint.h>

typedef struct { uint64_t low, high; } jbr_hash128;

#define JBR_DECLARE(name)                                                                \
  uint64_t jbr_xxh3_64_##name(const void *bytes, size_t count, uint64_t seed);           \
  jbr_hash128 jbr_xxh3_128_##name(const void *bytes, size_t count);

JBR_DECLARE(avx2)
JBR_DECLARE(avx512)

#define JBR_DEFINE(name)                                                                 \
  uint64_t jbr_xxh3_64_##name(const void *bytes, size_t count, uint64_t seed) {          \
    return XXH3_64bits_withSeed(bytes, count, seed);                                     \
  }                                                                                      \
  jbr_hash128 jbr_xxh3_128_##name(const void *bytes, size_t count) {                     \
    XXH128_hash_t hash = XXH3_128bits(bytes, count);                                     \
    return (jbr_hash128){hash.low64, hash.high64};                                       \
  }
