/* A thread computes as the thread that starts it: with the same rounding, and the same bits from the C library. */
#include "support/support.h"

#include "base/thread.h"

#include <fenv.h>
#include <math.h>

enum { VALUES = 1000 };

struct results {
    int rounding;
    double exponentials[VALUES], logarithms[VALUES], roots[VALUES];
};

static void compute(void *user)
{
    struct results *results = user;
    results->rounding = fegetround();
    for (int i = 0; i < VALUES; i++) {
        volatile double x = (i + 1) / 7.0;
        results->exponentials[i] = exp(-x);
        results->logarithms[i] = log(x);
        results->roots[i] = sqrt(x);
    }
}

static void check_thread(void)
{
    static struct results here, there;
    struct rnni_thread thread;
    compute(&here);
    assert_int_equal(rnni_thread_start(&thread, compute, &there), 1);
    rnni_thread_join(&thread);
    assert_int_equal(there.rounding, here.rounding);
    assert_memory_equal(there.exponentials, here.exponentials, sizeof here.exponentials);
    assert_memory_equal(there.logarithms, here.logarithms, sizeof here.logarithms);
    assert_memory_equal(there.roots, here.roots, sizeof here.roots);
}

static void test_as_it_is(void **state)
{
    (void)state;
    check_thread();
}

static void test_another_rounding(void **state)
{
    (void)state;
    int before = fegetround();
    static const int modes[] = {
#ifdef FE_UPWARD
        FE_UPWARD,
#endif
#ifdef FE_TOWARDZERO
        FE_TOWARDZERO,
#endif
        FE_TONEAREST};
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        assert_int_equal(fesetround(modes[i]), 0);
        check_thread();
    }
    assert_int_equal(fesetround(before), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_as_it_is),
        cmocka_unit_test(test_another_rounding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
