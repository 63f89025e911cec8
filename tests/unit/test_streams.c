/* Which rows of a file can be places and steps of sequences that go on. */
#include "fit/streams.h"

#include "support/support.h"

enum { BEGUN = 9 };

static int is_valid(size_t first, size_t first_step, size_t second, size_t second_step)
{
    struct rnni_streams streams = {0};
    assert_true(rnni_streams_reserve(&streams, 2, 1));
    streams.count = 2;
    rnni_streams_set(&streams, 0, first, first_step);
    rnni_streams_set(&streams, 1, second, second_step);
    int valid = rnni_streams_are_valid(&streams, BEGUN);
    rnni_streams_release(&streams);
    return valid;
}

static void test_places_and_steps(void **state)
{
    (void)state;
    assert_true(is_valid(0, 1, 1, 1));
    assert_true(is_valid(0, INT32_MAX, BEGUN - 1, INT32_MAX));
    assert_false(is_valid(0, 0, 1, 1));
    assert_false(is_valid(0, 1, 1, (size_t)INT32_MAX + 1));
    assert_false(is_valid(0, 1, BEGUN, 1)); /* not begun */
    assert_false(is_valid(1, 1, 1, 1));     /* twice */
    assert_false(is_valid(2, 1, 1, 1));     /* out of order */
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_places_and_steps)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
