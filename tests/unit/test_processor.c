/* What the library finds out about the processor is what the library of the compiler finds out. */
#include "support/support.h"

#include "math/processor.h"

static void test_as_the_compiler_says(void **state)
{
    (void)state;
    __builtin_cpu_init();
    int fma = __builtin_cpu_supports("fma") != 0;
    assert_int_equal(rnni_processor_has_avx2(), fma && __builtin_cpu_supports("avx2"));
    int avx512 = fma && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                 __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    assert_int_equal(rnni_processor_has_avx512(), avx512);
    int vnni = avx512 && __builtin_cpu_supports("avx512vnni");
    assert_int_equal(rnni_processor_has_avx512vnni(), vnni);
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ >= 11
    assert_int_equal(rnni_processor_has_avxvnni(), fma && __builtin_cpu_supports("avxvnni"));
    assert_int_equal(rnni_processor_has_avx512bf16(), vnni && __builtin_cpu_supports("avx512bf16"));
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_as_the_compiler_says)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
