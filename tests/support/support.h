/* For every test: CMocka with its prerequisites, comparisons of floats, checks of statuses, random numbers. */
#ifndef RNN_TESTS_SUPPORT_H
#define RNN_TESTS_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "rnn.h"

#define LAST_CELL RNN_CELL_MINGRU_HIGHWAY /* the largest value of RNN_CELL */

/* So many threads for a session, or one where the library has none of its own. */
#ifdef RNNI_NO_THREADS
#define THREADS(count) ((count) > 1 ? 1 : (count))
#else
#define THREADS(count) (count)
#endif

/* |actual - expected| <= tolerance * (1 + |expected|), and both are finite. CMocka's assert_float_equal takes NaN as
 * equal to everything. */
int close_enough(double actual, double expected, double tolerance);
void check_close(double actual, double expected, double tolerance, const char *what, size_t index, const char *file,
                 int line);
#define assert_close(actual, expected, tolerance)                                                                      \
    check_close((actual), (expected), (tolerance), #actual, 0, __FILE__, __LINE__)

/* The same for every element of two arrays; `expected` is double (a reference) or float (another run). */
void check_all_close(const float *actual, const double *expected, size_t count, double tolerance, const char *what,
                     const char *file, int line);
#define assert_all_close(actual, expected, count, tolerance)                                                           \
    check_all_close((actual), (expected), (count), (tolerance), #actual, __FILE__, __LINE__)

/* The call must succeed; if it fails, its message is printed. */
#define assert_ok(call) check_status((call), RNN_OK, #call, __FILE__, __LINE__)
/* The call must fail with this status and set a message. */
#define assert_fails(call, status) check_status((call), (status), #call, __FILE__, __LINE__)
void check_status(int32_t actual, int32_t expected, const char *call, const char *file, int line);

/* Runs a group of tests once with the kernels of every instruction set of this machine, which also compute the
 * products. Returns the number of failures. With RNN_TEST_KERNELS=best in the environment, only with the best
 * instruction set. */
int run_with_all_kernels(const struct CMUnitTest *tests, size_t count);

/* The same, and once more with RNN_PRODUCTS_CBLAS if the build has a CBLAS. */
int run_with_all_products(const struct CMUnitTest *tests, size_t count);

/* Deterministic random numbers for test data, uniform in [-1, 1). */
double uniform(uint64_t *state);
void fill_uniform(float *values, size_t count, uint64_t *state);

/* Adds one sequence with targets: x [x_count] or tokens, and values, or else classes (NULL, 0: no label). */
void add_sequence(rnn_dataset *dataset, const float *x, size_t x_count, const int32_t *tokens, size_t tokens_count,
                  const int32_t *classes, size_t classes_count, const float *values, size_t values_count, size_t steps);

/* A trainer with a new loss of that kind and its defaults. */
void open_trainer(rnn_trainer **out, rnn_model *model, rnn_optimizer *optimizer, int32_t loss);

#endif
