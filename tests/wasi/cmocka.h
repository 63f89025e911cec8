/* What the tests use of CMocka, for WASI, where CMocka does not build: it needs setjmp. A failed assertion ends the
 * program with status 1. */
#ifndef RNN_TESTS_CMOCKA_H
#define RNN_TESTS_CMOCKA_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef unsigned long long LargestIntegralType;
typedef void (*CMUnitTestFunction)(void **state);
typedef int (*CMFixtureFunction)(void **state);
struct CMUnitTest {
    const char *name;
    CMUnitTestFunction test_func;
    CMFixtureFunction setup_func, teardown_func;
    void *initial_state;
};

#define cmocka_unit_test(function)                                                                                     \
    {                                                                                                                  \
#function, (function), NULL, NULL, NULL                                                                        \
    }
#define cmocka_unit_test_setup_teardown(function, setup, teardown)                                                     \
    {                                                                                                                  \
#function, (function), (setup), (teardown), NULL                                                               \
    }

#define print_error(...)   fprintf(stderr, __VA_ARGS__)
#define print_message(...) printf(__VA_ARGS__)
#define _fail(file, line)  (fprintf(stderr, "%s:%d: failed\n", (file), (line)), exit(1))
#define fail_msg(...)      (print_error(__VA_ARGS__), _fail(__FILE__, __LINE__))
#define fail()             _fail(__FILE__, __LINE__)

#define RNN_EXPECT(condition)                                                                                          \
    ((condition) ? (void)0 : (fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #condition), exit(1)))
#define assert_true(condition)              RNN_EXPECT(condition)
#define assert_false(condition)             RNN_EXPECT(!(condition))
#define assert_null(pointer)                RNN_EXPECT((pointer) == NULL)
#define assert_non_null(pointer)            RNN_EXPECT((pointer) != NULL)
#define assert_ptr_equal(a, b)              RNN_EXPECT((const void *)(a) == (const void *)(b))
#define assert_ptr_not_equal(a, b)          RNN_EXPECT((const void *)(a) != (const void *)(b))
#define assert_int_equal(a, b)              RNN_EXPECT((LargestIntegralType)(a) == (LargestIntegralType)(b))
#define assert_int_not_equal(a, b)          RNN_EXPECT((LargestIntegralType)(a) != (LargestIntegralType)(b))
#define assert_string_equal(a, b)           RNN_EXPECT(strcmp((a), (b)) == 0)
#define assert_string_not_equal(a, b)       RNN_EXPECT(strcmp((a), (b)) != 0)
#define assert_memory_equal(a, b, size)     RNN_EXPECT(memcmp((a), (b), (size)) == 0)
#define assert_memory_not_equal(a, b, size) RNN_EXPECT(memcmp((a), (b), (size)) != 0)
#define assert_in_range(a, least, most)                                                                                \
    RNN_EXPECT((LargestIntegralType)(a) >= (LargestIntegralType)(least) &&                                             \
               (LargestIntegralType)(a) <= (LargestIntegralType)(most))

/* Returns 0, as no test that failed returns. */
static inline int _cmocka_run_group_tests(const char *name, const struct CMUnitTest *tests, size_t count,
                                          CMFixtureFunction setup, CMFixtureFunction teardown)
{
    void *group = NULL;
    if (setup)
        RNN_EXPECT(setup(&group) == 0);
    for (size_t i = 0; i < count; i++) {
        void *state = tests[i].initial_state ? tests[i].initial_state : group;
        print_message("%s: %s\n", name, tests[i].name);
        fflush(stdout);
        if (tests[i].setup_func)
            RNN_EXPECT(tests[i].setup_func(&state) == 0);
        tests[i].test_func(&state);
        if (tests[i].teardown_func)
            RNN_EXPECT(tests[i].teardown_func(&state) == 0);
    }
    if (teardown)
        RNN_EXPECT(teardown(&group) == 0);
    print_message("%s: %zu tests passed\n", name, count);
    return 0;
}
#define cmocka_run_group_tests_name(name, tests, setup, teardown)                                                      \
    _cmocka_run_group_tests((name), (tests), sizeof(tests) / sizeof *(tests), (setup), (teardown))
#define cmocka_run_group_tests(tests, setup, teardown) cmocka_run_group_tests_name(#tests, tests, setup, teardown)

#endif
