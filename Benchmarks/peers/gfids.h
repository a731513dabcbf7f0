// The GFIDs of the files that `jbr-bench small-files` makes.
#pragma once
#include <stdint.h>

// The finalizer of splitmix64.
static inline uint64_t scattered(uint64_t number) {
  uint64_t mixed = number * 0x9e3779b97f4a7c15;
  mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9;
  mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111eb;
  return mixed ^ mixed >> 31;
}

// GFIDs scattered as random ones are, the same as in the journal.
static inline void gfid_of(int64_t number, unsigned char out[16]) {
  uint64_t high = (scattered(number) & ~0xf000ull) | 0x4000;
  uint64_t low = scattered(~(uint64_t)number) >> 2 | 0x8000000000000000;
  for (int i = 0; i < 8; i++) {
    out[i] = high >> (56 - 8 * i);
    out[8 + i] = low >> (56 - 8 * i);
  }
}
