/* What the library finds out about the processor is what the library of the compiler finds out. */
#include "support/support.h"

#include "math/processor.h"

static void test_as_the_compiler_says(void **state)
{
    (void)state;
    __builtin_cpu_init();
    int fma = __builtin_cpu_supports("fma") != 0;
    assert_int_equal(rnni_processor_has_avx2(), fma && __builtin_cpu_supports("avx2"));
    assert_int_equal(rnni_processor_has_avx512(),
                     fma && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_as_the_compiler_says)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
