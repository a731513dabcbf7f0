// XXH3 of bytes that lie together, with the widest vectors that the processor has. Debian's
// library is built for the smallest processor of its architecture; its header holds the code for
// the others too, and is compiled for them here.
#pragma once
#include <xxhash.h>

XXH64_hash_t jbr_xxh3_64(const void *bytes, size_t count, XXH64_hash_t seed);
XXH128_hash_t jbr_xxh3_128(const void *bytes, size_t count);
