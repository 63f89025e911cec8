/* Preconditions between the files of the library, of the folders base, io, math, session and run: a Debug build ends a
 * program that violates one of them. */
#include "support/aborts.h"

#include <math.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/block.h"
#include "base/option.h"
#include "base/part.h"
#include "base/team.h"
#include "base/utf8.h"
#include "base/worth.h"
#include "io/json.h"
#include "io/safetensors.h"
#include "math/activation.h"
#include "math/kernels.h"
#include "math/matrix.h"
#include "math/one_hot.h"
#include "run/stack.h"
#include "session/schedule.h"

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
    static struct rnni_weights weights = {numbers, 8, 20, 1, NULL, 0, NULL, 0};
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

static void product_into_rows_that_overlap(void)
{
    struct rnni_product p = product();
    p.target[0].row = 19;
    rnni_products_multiply(&p);
}

static void product_of_nothing(void)
{
    struct rnni_product p = product();
    p.a = NULL;
    rnni_products_multiply(&p);
}

static void product_of_too_many_units(void)
{
    struct rnni_product p = product();
    p.first = RNNI_BLOCK;
    rnni_products_multiply(&p);
}

static void product_from_within_a_panel(void)
{
    struct rnni_product p = product();
    p.first = 4;
    p.units = 16;
    rnni_products_multiply(&p);
}

static void product_with(struct rnni_weights weights, size_t from, size_t k)
{
    struct rnni_product p = product();
    p.weights = &weights;
    p.from = from;
    p.k = k;
    rnni_products_multiply(&p);
}

static void product_with_no_gates(void)
{
    product_with((struct rnni_weights){numbers, 8, 20, 0, NULL, 0, NULL, 0}, 0, 8);
}

static void product_with_five_gates(void)
{
    product_with((struct rnni_weights){numbers, 8, 20, RNNI_PANEL_GATES + 1, NULL, 0, NULL, 0}, 0, 8);
}

static void product_with_no_weights(void)
{
    product_with((struct rnni_weights){NULL, 8, 20, 1, NULL, 0, NULL, 0}, 0, 8);
}

static void product_of_the_first_terms_in_bf16(void)
{
    product_with((struct rnni_weights){numbers, 8, 20, 1, NULL, 0, NULL, RNN_PRECISION_BF16}, 0, 4);
}

static void product_of_the_last_terms_in_bf16(void)
{
    product_with((struct rnni_weights){numbers, 8, 20, 1, NULL, 0, NULL, RNN_PRECISION_BF16}, 4, 4);
}

/* With a row of an input, x [2,8], in front. */
static void product_joined(const float *x, size_t units, size_t gates, struct rnni_lines a, struct rnni_lines c)
{
    const struct rnni_weights input = {numbers, 8, units, gates, NULL, 0, NULL, 0};
    struct rnni_product p = product();
    p.input = &input;
    p.x = x;
    p.a_lines = a;
    p.c_lines = c;
    rnni_products_multiply(&p);
}

static const struct rnni_lines straight = {0, 0}, grouped = {1, 1};

static void joined_within(void)
{
    product_joined(numbers + 1024, 20, 1, straight, straight);
}

static void joined_without_input(void)
{
    product_joined(NULL, 20, 1, straight, straight);
}

static void joined_of_fewer_units(void)
{
    product_joined(numbers + 1024, 16, 1, straight, straight);
}

static void joined_of_more_gates(void)
{
    product_joined(numbers + 1024, 20, 2, straight, straight);
}

static void joined_of_groups_of_rows(void)
{
    product_joined(numbers + 1024, 20, 1, grouped, straight);
}

static void joined_into_groups_of_rows(void)
{
    product_joined(numbers + 1024, 20, 1, straight, grouped);
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

/* ---- base -------------------------------------------------------------------------------------------------------- */

static void a_block_that_keeps_more_than_it_has(void)
{
    struct rnni_block block = {NULL, 0};
    (void)rnni_block_grow(&block, 8, 1, 4);
}

static void a_real_without_a_value_in_a_file(void)
{
    static const struct rnni_option option = {.kind = RNNI_REAL};
    char text[RNNI_TEXT_SIZE];
    const double unset = (double)NAN;
    rnni_option_write(text, &unset, &option);
}

static void a_message_about_an_unknown_option(void)
{
    const struct rnni_option_table none = {NULL, 0};
    (void)rnni_option_fail_kind(&none, 1, "", NULL, "");
}

static void half_a_pair_of_surrogates(void)
{
    char text[4];
    (void)rnni_utf8_encode(text, 0xD800);
}

static void a_team_of_one_thread(void)
{
    (void)rnni_team_create(1);
}

static void a_run_that_ends_before_it_begins(void)
{
    struct rnni_worth worth = {0};
    rnni_worth_note_alone(&worth, NULL, 2, 1, 1);
}

/* ---- math -------------------------------------------------------------------------------------------------------- */

static void panels_of_five_gates(void)
{
    rnni_panels_pack(numbers, numbers + 2048, 8, 8, 16, 5, 1, 0, 1);
}

static void panels_of_rows_that_overlap(void)
{
    rnni_panels_pack(numbers, numbers + 2048, 7, 8, 16, 1, 1, 0, 1);
}

static void sums_of_rows_that_overlap(void)
{
    rnni_matrix_add_rows(numbers, NULL, numbers + 1024, 7, 2, 8);
}

static void an_unknown_activation(void)
{
    (void)rnni_activation_of(RNNI_ACTIVATION_LAST + 1, 0, 0);
}

static void an_unknown_provider_of_products(void)
{
    const char *reason;
    (void)rnni_products_choose(RNN_PRODUCTS_CBLAS + 1, &reason);
}

static void no_kernels(void)
{
    rnni_kernels_select(NULL);
}

static void the_largest_of_no_numbers(void)
{
    (void)rnni_softmax()->largest(numbers, 0);
}

static void run_token(int32_t token)
{
    const struct rnni_dense dense = {.inputs = 4, .outputs = 8, .rows = numbers};
    const struct rnni_lines lines = {0, 0};
    rnni_one_hot_forward(&dense, numbers + 1024, lines, &token, lines, 1);
}

static void a_token_within(void)
{
    run_token(3);
}

static void a_token_past_the_vocabulary(void)
{
    run_token(4);
}

/* ---- io ---------------------------------------------------------------------------------------------------------- */

static void bytes_past_the_end_of_a_file(void)
{
    const unsigned char bytes[4] = {0};
    const struct rnni_file file = rnni_file_in_memory(bytes, sizeof bytes);
    (void)rnni_file_read(&file, NULL, 2, 3);
}

static void a_token_after_a_failure(void)
{
    struct rnni_json json = {.bytes = (const unsigned char *)"[]", .count = 2, .function = ""};
    if (!rnni_json_expect(&json, '{'))
        (void)rnni_json_expect(&json, '[');
}

static void integers_as_floats(void)
{
    const struct rnni_safetensors file = {.tensor_count = 0};
    const struct rnni_safetensors_tensor tensor = {.name = "a", .dtype = "I32"};
    (void)rnni_safetensors_read_floats(numbers, &file, &tensor, "");
}

static void size_of_tensors(const char *name, const char *other)
{
    static const size_t shape[1] = {1};
    const struct rnni_safetensors_source tensors[2] = {{name, shape, 1, numbers}, {other, shape, 1, numbers}};
    const struct rnni_safetensors_content content = {.tensors = tensors, .tensor_count = 2};
    size_t size;
    (void)rnni_safetensors_size(&size, &content, "");
}

static void tensors_with_names(void)
{
    size_of_tensors("a", "b");
}

static void two_tensors_of_one_name(void)
{
    size_of_tensors("a", "a");
}

static void a_name_that_is_not_utf8(void)
{
    size_of_tensors("a", "\xff");
}

static void size_of_notes(struct rnni_safetensors_note note, const char *other)
{
    const struct rnni_safetensors_note notes[2] = {note, {other, "value"}};
    const struct rnni_safetensors_content content = {.notes = notes, .note_count = 2};
    size_t size;
    (void)rnni_safetensors_size(&size, &content, "");
}

static void notes_with_keys(void)
{
    size_of_notes((struct rnni_safetensors_note){"a", "b"}, "c");
}

static void two_notes_of_one_key(void)
{
    size_of_notes((struct rnni_safetensors_note){"a", "b"}, "a");
}

static void a_key_that_is_not_utf8(void)
{
    size_of_notes((struct rnni_safetensors_note){"\xff", "b"}, "c");
}

static void a_note_that_is_not_utf8(void)
{
    size_of_notes((struct rnni_safetensors_note){"a", "\xff"}, "c");
}

/* ---- all of them ------------------------------------------------------------------------------------------------- */

static void what_is_right_passes(void **state)
{
    static const struct call calls[] = {
        CALL(part_within),    CALL(product_within),     CALL(outer_within),  CALL(lengths_within),
        CALL(a_token_within), CALL(tensors_with_names), CALL(joined_within), CALL(notes_with_keys),
    };
    (void)state;
    check_aborts(calls, sizeof calls / sizeof *calls, 0);
}

static void each_violation_aborts(void **state)
{
    static const struct call calls[] = {
        CALL(part_past_the_end),
        CALL(product_of_too_many_rows_of_weights),
        CALL(product_of_rows_that_overlap),
        CALL(product_of_part_of_a_panel),
        CALL(product_into_nothing),
        CALL(product_into_rows_that_overlap),
        CALL(product_of_nothing),
        CALL(product_of_too_many_units),
        CALL(product_from_within_a_panel),
        CALL(product_with_no_gates),
        CALL(product_with_five_gates),
        CALL(product_with_no_weights),
        CALL(product_of_the_first_terms_in_bf16),
        CALL(product_of_the_last_terms_in_bf16),
        CALL(joined_without_input),
        CALL(joined_of_fewer_units),
        CALL(joined_of_more_gates),
        CALL(joined_of_groups_of_rows),
        CALL(joined_into_groups_of_rows),
        CALL(outer_without_room),
        CALL(outer_of_rows_that_overlap),
        CALL(a_length_past_the_end),
        CALL(a_length_below_zero),
        CALL(an_arena_out_of_step),
        CALL(backward_while_only_running),
        CALL(a_step_with_a_reverse_direction),
        CALL(a_step_without_input),
        CALL(tokens_for_real_values),
        CALL(a_run_over_another_batch),
        CALL(a_block_that_keeps_more_than_it_has),
        CALL(a_real_without_a_value_in_a_file),
        CALL(a_message_about_an_unknown_option),
        CALL(half_a_pair_of_surrogates),
        CALL(a_team_of_one_thread),
        CALL(a_run_that_ends_before_it_begins),
        CALL(panels_of_five_gates),
        CALL(panels_of_rows_that_overlap),
        CALL(sums_of_rows_that_overlap),
        CALL(an_unknown_activation),
        CALL(an_unknown_provider_of_products),
        CALL(no_kernels),
        CALL(the_largest_of_no_numbers),
        CALL(a_token_past_the_vocabulary),
        CALL(bytes_past_the_end_of_a_file),
        CALL(a_token_after_a_failure),
        CALL(integers_as_floats),
        CALL(two_tensors_of_one_name),
        CALL(a_name_that_is_not_utf8),
        CALL(two_notes_of_one_key),
        CALL(a_key_that_is_not_utf8),
        CALL(a_note_that_is_not_utf8),
    };
    (void)state;
    check_aborts(calls, sizeof calls / sizeof *calls, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_right_passes),
        cmocka_unit_test(each_violation_aborts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
