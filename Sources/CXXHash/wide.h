// What each vector width is compiled to; see CXXHash.h.
#pragma once
#include <stddef.h>
#include <stdint.h>

typedef struct { uint64_t low, high; } jbr_hash128;

#define JBR_WIDTH(name)                                                                  \
  uint64_t jbr_xxh3_64_##name(const void *bytes, size_t count, uint64_t seed);           \
  jbr_hash128 jbr_xxh3_128_##name(const void *bytes, size_t count);

JBR_WIDTH(avx2)
JBR_WIDTH(avx512)
