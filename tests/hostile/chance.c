#include "hostile/chance.h"

#include <math.h>

static uint64_t state;

void chance_seed(uint64_t seed)
{
    state = seed;
}

uint64_t chance_bits(void) /* splitmix64 */
{
    uint64_t z = state += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

size_t below(size_t count)
{
    return count ? (size_t)(chance_bits() % count) : 0;
}

int one_in(size_t count)
{
    return below(count) == 0;
}

int64_t within(int64_t low, int64_t high)
{
    return low + (int64_t)below((size_t)(high - low) + 1);
}

float random_float(void)
{
    static const float others[] = {NAN,    INFINITY, -INFINITY, 3.4e38f, -3.4e38f, 1e30f,  -1e19f,
                                   1e-40f, -1e-45f,  -0.0f,     1e-30f,  5e29f,    100.0f, -1e5f};
    if (one_in(400))
        return PICK(others);
    return (float)((double)chance_bits() / 9223372036854775808.0 - 1);
}

double random_real(double low, double high)
{
    static const double others[] = {NAN, INFINITY, -INFINITY, 1e300, -1e300, 1e30,  1.1e30, -1e30,  1e-30,
                                    0,   -0.0,     1,         0.99,  0.999,  1e-45, -1,     5e-324, 1e6};
    if (one_in(8))
        return PICK(others);
    return low + (high - low) * ((double)chance_bits() / 18446744073709551616.0);
}

int64_t random_integer(int64_t low, int64_t high)
{
    static const int64_t others[] = {0,          -1,        1,    2,    INT64_MAX, INT64_MIN, INT32_MAX,
                                     2147483648, INT32_MIN, 1024, 1025, 100,       -100,      4294967297};
    if (one_in(8))
        return PICK(others);
    return within(low, high);
}

size_t random_size(size_t right)
{
    static const size_t others[] = {
        0, 1, 2, 3, 17, SIZE_MAX, SIZE_MAX / 2, SIZE_MAX / 4, 4294967295u, 2147483648u, SIZE_MAX / 2 + 1, 65537};
    if (one_in(24))
        return PICK(others);
    return right;
}
