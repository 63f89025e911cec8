/* Random decisions of the random calls: all follow from one seed. */
#ifndef RNN_TESTS_CHANCE_H
#define RNN_TESTS_CHANCE_H

#include <stddef.h>
#include <stdint.h>

void chance_seed(uint64_t seed);
uint64_t chance_bits(void);
size_t below(size_t count);                        /* 0 .. count - 1 */
int one_in(size_t count);                          /* 1 in `count` cases */
int64_t within(int64_t low, int64_t high);         /* low .. high, equally likely */
float random_float(void);                          /* in [-1, 1), rarely NaN, infinite, huge or subnormal */
double random_real(double low, double high);       /* mostly within the bounds; else also not finite, huge, negative */
int64_t random_integer(int64_t low, int64_t high); /* the same */
size_t random_size(size_t right);                  /* mostly that; else near it, 0 or huge */

#define PICK(array) ((array)[below(sizeof(array) / sizeof *(array))])

#endif
