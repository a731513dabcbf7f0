#include "CXXHash.h"
#include "wide.h"

enum width { UNKNOWN, NARROW, AVX2, AVX512 };

// Every thread finds the same, so that it does not matter which one stores it.
static _Atomic enum width chosen;

static enum width width(void) {
  enum width found = chosen;
  if (found != UNKNOWN) return found;
  found = NARROW;
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f")) found = AVX512;
  else if (__builtin_cpu_supports("avx2")) found = AVX2;
#endif
  return chosen = found;
}

XXH64_hash_t jbr_xxh3_64(const void *bytes, size_t count, XXH64_hash_t seed) {
#if defined(__x86_64__)
  // Short inputs use no vectors.
  if (count > 240) {
    switch (width()) {
    case AVX512: return jbr_xxh3_64_avx512(bytes, count, seed);
    case AVX2: return jbr_xxh3_64_avx2(bytes, count, seed);
    default: break;
    }
  }
#endif
  return XXH3_64bits_withSeed(bytes, count, seed);
}

XXH128_hash_t jbr_xxh3_128(const void *bytes, size_t count) {
#if defined(__x86_64__)
  if (count > 240) {
    jbr_hash128 hash;
    switch (width()) {
    case AVX512: hash = jbr_xxh3_128_avx512(bytes, count); break;
    case AVX2: hash = jbr_xxh3_128_avx2(bytes, count); break;
    default: return XXH3_128bits(bytes, count);
    }
    return (XXH128_hash_t){.low64 = hash.low, .high64 = hash.high};
  }
#endif
  return XXH3_128bits(bytes, count);
}
