/* Preconditions between the files of the library, of the folders training (but losses), decoding, attention and fit: a
 * Debug build ends a program that violates one of them. */
#include "support/aborts.h"

#include <math.h>
#include <unistd.h>

#include "attention/attention.h"
#include "base/memory.h"
#include "decoding/beam.h"
#include "decoding/best.h"
#include "decoding/ctc_decoding.h"
#include "decoding/ctc_search.h"
#include "decoding/decoder.h"
#include "decoding/sample.h"
#include "decoding/scorer.h"
#include "fit/trainer.h"
#include "training/gradient.h"
#include "training/overflow.h"

static float numbers[4096];

/* ---- training ---------------------------------------------------------------------------------------------------- */

static void clipping_to_less_than_zero(void)
{
    rnni_gradient_clip(numbers, -1, 1);
}

static struct rnn_optimizer *new_optimizer(int32_t kind)
{
    struct rnn_optimizer *optimizer;
    if (rnni_optimizer_create(&optimizer, kind, 8, ""))
        _exit(1);
    return optimizer;
}

static void an_unknown_optimiser(void)
{
    (void)new_optimizer(RNN_OPTIMIZER_ADAMW + 1);
}

static void amsgrad_of_gradient_descent(void)
{
    (void)rnni_optimizer_set_amsgrad(new_optimizer(RNN_OPTIMIZER_SGD), 1);
}

static void a_norm_that_is_no_number(void)
{
    (void)rnni_optimizer_rule(new_optimizer(RNN_OPTIMIZER_SGD), (double)NAN);
}

static void update(int32_t kind, struct rnni_moments moments)
{
    struct rnni_rule rule = rnni_optimizer_rule(new_optimizer(kind), 0);
    rnni_optimizer_update(kind, &rule, numbers, moments, numbers + 1024, 8);
}

static void an_update_with_its_moments(void)
{
    update(RNN_OPTIMIZER_ADAM, (struct rnni_moments){numbers + 2048, numbers + 3072, NULL});
}

static void an_update_without_its_moments(void)
{
    update(RNN_OPTIMIZER_ADAM, (struct rnni_moments){numbers + 2048, NULL, NULL});
}

static void an_update_without_its_first_moments(void)
{
    update(RNN_OPTIMIZER_ADAM, (struct rnni_moments){NULL, numbers + 2048, NULL});
}

static void an_update_with_the_moments_of_amsgrad(void)
{
    update(RNN_OPTIMIZER_RMSPROP, (struct rnni_moments){numbers + 2048, numbers + 2560, numbers + 3072});
}

static void an_update_past_the_parameters(void)
{
    struct rnn_optimizer *optimizer = new_optimizer(RNN_OPTIMIZER_SGD);
    struct rnni_rule rule = rnni_optimizer_rule(optimizer, 0);
    rnni_optimizer_apply(optimizer, &rule, numbers, numbers + 1024, 4, 5);
}

static void more_tensors_than_there_is_room_for(void)
{
    struct rnni_optimizer_tensors tensors;
    if (!rnni_optimizer_tensors_take(&tensors, 1, 8))
        _exit(1);
    rnni_optimizer_tensors_add(&tensors, "a", 1, 2, 0);
    rnni_optimizer_tensors_add(&tensors, "b", 1, 2, 0);
}

static void gradients_that_are_not_finite(void)
{
    const struct rnni_trial trial = {.optimizer = new_optimizer(RNN_OPTIMIZER_SGD), .largest_g = (double)INFINITY};
    struct rnni_bounds after;
    size_t index;
    (void)rnni_overflow_of(&trial, &after, &index);
}

/* ---- decoding ---------------------------------------------------------------------------------------------------- */

static struct rnni_prefix prefixes[2];

/* The empty prefix, and room for one more. */
static struct rnni_prefixes two_prefixes(void)
{
    struct rnni_prefixes two = {.all = prefixes, .room = 2};
    rnni_prefix_clear(&two);
    return two;
}

static void a_prefix_within(void)
{
    struct rnni_prefixes two = two_prefixes();
    (void)rnni_prefix_append(&two, 0, 1);
}

static void more_prefixes_than_there_is_room_for(void)
{
    struct rnni_prefixes two = two_prefixes();
    (void)rnni_prefix_append(&two, 0, 1);
    (void)rnni_prefix_append(&two, 0, 2);
}

static void a_prefix_without_its_parent(void)
{
    struct rnni_prefixes two = two_prefixes();
    (void)rnni_prefix_append(&two, 1, 1);
}

static void a_search_for_prefixes_without_names(void)
{
    struct rnni_prefixes two = two_prefixes();
    (void)rnni_prefix_find(&two, 0, 1);
}

static void the_best_of_none(void)
{
    const struct rnni_best best = {NULL, 0, 0};
    (void)rnni_best_least(&best);
}

static void a_logit_that_is_no_number(void)
{
    (void)rnni_logits_of((const float[]){0, NAN}, 2);
}

static void a_result_that_is_not_there(void)
{
    const struct rnni_results none = {0};
    double score;
    (void)rnni_result_get(&none, &score, 0, 0);
}

static void sampling_from_nothing(void)
{
    const struct rnni_sampling sampling = {.temperature = 1, .top_p = 0};
    int64_t random = 1;
    int32_t token;
    (void)rnni_sample(&token, numbers, 1, 4, sampling, &random);
}

static void decode(int32_t length, int32_t blank, size_t results)
{
    struct rnni_results found = {0};
    const struct rnni_ctc_input input = {numbers, &length, 2, 1, 3, blank, NULL};
    struct rnni_scorer scorer = {.classes = 3};
    const struct rnni_ctc_rules rules = {
        .blank = blank, .classes = 3, .width = 4, .results = results, .scorer = &scorer};
    (void)rnni_ctc_beam_search(&found, &input, &rules);
}

static void a_search_within(void)
{
    decode(2, 2, 4);
}

static void a_search_past_the_logits(void)
{
    decode(3, 2, 4);
}

static void a_blank_past_the_classes(void)
{
    decode(2, 3, 4);
}

static void more_results_than_hypotheses(void)
{
    decode(2, 2, 5);
}

static void more_labels_than_steps(void)
{
    int32_t tokens[3] = {0, 1, 0}, steps[3];
    const struct rnni_ctc_input input = {numbers, NULL, 2, 1, 3, 2, NULL};
    struct rnni_logits rows[2] = {{0, 0}, {0, 0}};
    struct rnni_block scratch = {NULL, 0};
    (void)rnni_ctc_align(&(struct rnni_result_view){tokens, steps, numbers, 3}, &input, rows, 0, &scratch);
}

static void a_search_without_a_generator(void)
{
    struct rnni_results found = {0};
    (void)rnni_beam_search(&found, &(struct rnni_beam_search){.steps = 1, .classes = 3, .width = 1, .results = 1});
}

static void an_unknown_decoder(void)
{
    (void)rnni_decoder_create(RNN_DECODER_CRF + 1);
}

/* ---- attention --------------------------------------------------------------------------------------------------- */

static struct rnn_attention *new_attention(int32_t score)
{
    const struct rnn_attention sizes = {.score = score, .query_size = 2, .memory_size = 2, .key_size = 2};
    struct rnn_attention *attention;
    if (rnni_attention_create(&attention, &sizes, 1, ""))
        _exit(1);
    return attention;
}

static struct rnn_attention *attention_to(int32_t length)
{
    struct rnn_attention *attention = new_attention(RNN_ATTENTION_DOT);
    if (rnni_attention_set_memory(attention, numbers, &length, 2, 1, ""))
        _exit(1);
    return attention;
}

static void attention_to_memory(void)
{
    (void)rnni_attention_forward(attention_to(2), numbers + 1024, NULL, numbers + 2048, 1, "");
}

static void attention_without_memory(void)
{
    (void)rnni_attention_forward(new_attention(RNN_ATTENTION_DOT), numbers + 1024, NULL, numbers + 2048, 1, "");
}

static void memory_past_the_end(void)
{
    (void)attention_to(3);
}

static void weights_of_an_empty_sequence(void)
{
    struct rnn_attention *attention = attention_to(0);
    (void)rnni_attention_straight(&attention->memory, &attention->spans[0]);
}

static void an_unknown_score(void)
{
    (void)new_attention(RNN_ATTENTION_ADDITIVE + 1);
}

/* ---- fit --------------------------------------------------------------------------------------------------------- */

static struct rnn_dataset dataset;

static void a_sequence_of_one_step(void)
{
    if (!rnni_dataset_add(&dataset, numbers, NULL, 1, 2))
        _exit(1);
}

static void a_sequence_without_input(void)
{
    (void)rnni_dataset_add(&dataset, NULL, NULL, 1, 2);
}

static void a_sequence_of_another_width(void)
{
    a_sequence_of_one_step();
    (void)rnni_dataset_add(&dataset, numbers, NULL, 1, 3);
}

static void a_mask_of_another_length(void)
{
    a_sequence_of_one_step();
    (void)rnni_dataset_set_mask(&dataset.sequences[0], numbers, 2);
}

static void a_batch_from_an_empty_dataset(void)
{
    struct rnn_trainer trainer = {.options = {.batch_size = 1}};
    (void)rnni_batch_reserve(&trainer, &dataset, NULL, 0);
}

static void a_checkpoint_without_a_path(void)
{
    const struct rnn_trainer trainer = {.path = NULL};
    (void)rnni_trainer_checkpoint(&trainer);
}

static void the_best_parameters_without_room(void)
{
    struct rnn_trainer trainer = {.options = {.keep_best = 1, .best_loss = 2}};
    rnni_record_add(&trainer, 1);
}

/* ---- all of them ------------------------------------------------------------------------------------------------- */

static void what_is_right_passes(void **state)
{
    static const struct call calls[] = {
        CALL(an_update_with_its_moments), CALL(a_prefix_within),        CALL(a_search_within),
        CALL(attention_to_memory),        CALL(a_sequence_of_one_step),
    };
    (void)state;
    check_aborts(calls, sizeof calls / sizeof *calls, 0);
}

static void each_violation_aborts(void **state)
{
    static const struct call calls[] = {
        CALL(clipping_to_less_than_zero),
        CALL(an_unknown_optimiser),
        CALL(amsgrad_of_gradient_descent),
        CALL(a_norm_that_is_no_number),
        CALL(an_update_without_its_moments),
        CALL(an_update_without_its_first_moments),
        CALL(an_update_with_the_moments_of_amsgrad),
        CALL(an_update_past_the_parameters),
        CALL(more_tensors_than_there_is_room_for),
        CALL(gradients_that_are_not_finite),
        CALL(more_prefixes_than_there_is_room_for),
        CALL(a_prefix_without_its_parent),
        CALL(a_search_for_prefixes_without_names),
        CALL(the_best_of_none),
        CALL(a_logit_that_is_no_number),
        CALL(a_result_that_is_not_there),
        CALL(sampling_from_nothing),
        CALL(a_search_past_the_logits),
        CALL(a_blank_past_the_classes),
        CALL(more_results_than_hypotheses),
        CALL(more_labels_than_steps),
        CALL(a_search_without_a_generator),
        CALL(an_unknown_decoder),
        CALL(attention_without_memory),
        CALL(memory_past_the_end),
        CALL(weights_of_an_empty_sequence),
        CALL(an_unknown_score),
        CALL(a_sequence_without_input),
        CALL(a_sequence_of_another_width),
        CALL(a_mask_of_another_length),
        CALL(a_batch_from_an_empty_dataset),
        CALL(a_checkpoint_without_a_path),
        CALL(the_best_parameters_without_room),
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
