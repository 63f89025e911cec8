/* Preconditions between the files of the library: a Debug build ends a program that violates one of them.  Each
 * violation is made in a child process. */
#define _GNU_SOURCE /* fork, waitpid */
#include "support/support.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/part.h"
#include "math/products.h"
#include "run/stack.h"
#include "session/schedule.h"

/* Whether the call ends its process by an assertion. */
static int aborts(void (*call)(void))
{
    int status;
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (!child) {
        const struct rlimit none = {0, 0};
        setrlimit(RLIMIT_CORE, &none);
        signal(SIGABRT, SIG_DFL);
        fclose(stderr);
        call();
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

/* ---- sizes and indices ------------------------------------------------------------------------------------------- */

static void part_within(void)
{
    (void)rnni_part_of(10, 2, 2, 3);
}

static void part_past_the_end(void)
{
    (void)rnni_part_of(10, 2, 3, 3);
}

static float numbers[4096], room[RNNI_OUTER_ROOM];

static struct rnni_product product(void)
{
    static struct rnni_weights weights = {numbers, 8, 20, 1, NULL, 0};
    return (struct rnni_product){.weights = &weights,
                                 .k = 8,
                                 .units = 20,
                                 .target = {{numbers + 2048, 20, NULL, 0}},
                                 .a = numbers + 1024,
                                 .a_row = 8,
                                 .rows = 2};
}

static void product_within(void)
{
    struct rnni_product p = product();
    rnni_products_multiply(&p);
}

static void product_of_too_many_rows_of_weights(void)
{
    struct rnni_product p = product();
    p.from = 1;
    rnni_products_multiply(&p);
}

static void product_of_rows_that_overlap(void)
{
    struct rnni_product p = product();
    p.a_row = 7;
    rnni_products_multiply(&p);
}

static void product_of_part_of_a_panel(void)
{
    struct rnni_product p = product();
    p.units = 10;
    rnni_products_multiply(&p);
}

static void product_into_nothing(void)
{
    struct rnni_product p = product();
    p.target[0].c = NULL;
    rnni_products_multiply(&p);
}

static struct rnni_outer outer(void)
{
    return (struct rnni_outer){.c = numbers,
                               .a = numbers + 1024,
                               .a_row = 4,
                               .b = numbers + 2048,
                               .b_row = 5,
                               .k = 3,
                               .m = 4,
                               .n = 5,
                               .room = room};
}

static void outer_within(void)
{
    struct rnni_outer o = outer();
    rnni_products_add_outer(&o);
}

static void outer_without_room(void)
{
    struct rnni_outer o = outer();
    o.room = NULL;
    rnni_products_add_outer(&o);
}

static void outer_of_rows_that_overlap(void)
{
    struct rnni_outer o = outer();
    o.b_row = 4;
    rnni_products_add_outer(&o);
}

/* ---- what has been checked before -------------------------------------------------------------------------------- */

static void fill_schedule(int32_t length)
{
    size_t order[2], lengths_of[2], active[4], first[4];
    struct rnni_schedule schedule = {.order = order, .length = lengths_of, .active = active, .first = first};
    const int32_t lengths[2] = {3, length};
    rnni_schedule_fill(&schedule, lengths, 3, 2);
}

static void lengths_within(void)
{
    fill_schedule(2);
}

static void a_length_past_the_end(void)
{
    fill_schedule(4);
}

static void a_length_below_zero(void)
{
    fill_schedule(-1);
}

static void an_arena_out_of_step(void)
{
    struct rnni_arena arena = {.block = NULL, .used = 3};
    (void)rnni_arena_take(&arena, 1, 1);
}

/* ---- order of calls ---------------------------------------------------------------------------------------------- */

static struct rnn_session *new_session(int32_t mode, int64_t direction)
{
    rnn_config *config;
    rnn_model *model;
    rnn_session *session;
    if (rnn_config_create(&config) || rnn_config_set_int(config, RNN_INPUT_SIZE, 2) ||
        rnn_config_set_int(config, RNN_HIDDEN_SIZE, 3) || rnn_config_set_int(config, RNN_DIRECTION, direction) ||
        rnn_create(&model, config) || rnn_session_create(&session, model, mode))
        _exit(1);
    return session;
}

static void backward_while_only_running(void)
{
    rnni_stack_backward(new_session(RNN_INFERENCE, RNN_DIRECTION_FORWARD), NULL, NULL);
}

static void a_step_with_a_reverse_direction(void)
{
    float x[2] = {0}, y[6];
    rnni_stack_step(new_session(RNN_INFERENCE, RNN_DIRECTION_BOTH), y, (struct rnni_input){.x = x});
}

static void a_step_without_input(void)
{
    float y[3];
    rnni_stack_step(new_session(RNN_INFERENCE, RNN_DIRECTION_FORWARD), y, (struct rnni_input){.x = NULL});
}

static void tokens_for_real_values(void)
{
    const int32_t tokens[1] = {0};
    float y[3];
    rnni_stack_forward(new_session(RNN_INFERENCE, RNN_DIRECTION_FORWARD), y, (struct rnni_input){.tokens = tokens});
}

static void a_run_over_another_batch(void)
{
    float x[4] = {0}, y[6];
    struct rnn_session *session = new_session(RNN_INFERENCE, RNN_DIRECTION_FORWARD);
    rnni_schedule_fill(&session->work.schedule, NULL, 1, 1);
    session->batch = 2;
    rnni_stack_forward(session, y, (struct rnni_input){.x = x});
}

static void what_is_right_passes(void **state)
{
    (void)state;
    assert_false(aborts(part_within));
    assert_false(aborts(product_within));
    assert_false(aborts(outer_within));
    assert_false(aborts(lengths_within));
}

static void each_violation_aborts(void **state)
{
    (void)state;
    assert_true(aborts(part_past_the_end));
    assert_true(aborts(product_of_too_many_rows_of_weights));
    assert_true(aborts(product_of_rows_that_overlap));
    assert_true(aborts(product_of_part_of_a_panel));
    assert_true(aborts(product_into_nothing));
    assert_true(aborts(outer_without_room));
    assert_true(aborts(outer_of_rows_that_overlap));
    assert_true(aborts(a_length_past_the_end));
    assert_true(aborts(a_length_below_zero));
    assert_true(aborts(an_arena_out_of_step));
    assert_true(aborts(backward_while_only_running));
    assert_true(aborts(a_step_with_a_reverse_direction));
    assert_true(aborts(a_step_without_input));
    assert_true(aborts(tokens_for_real_values));
    assert_true(aborts(a_run_over_another_batch));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_right_passes),
        cmocka_unit_test(each_violation_aborts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
