/* Preconditions between the files of the library, of its losses: a Debug build ends a program that violates one of
 * them. */
#include "support/aborts.h"

#include <unistd.h>

#include "base/memory.h"
#include "training/ctc.h"
#include "training/loss.h"
#include "training/loss_handle.h"

static float numbers[4096];

/* The loss of 2 steps of 3 classes with one label. */
static void run_ctc(int32_t label, int32_t length, size_t offset)
{
    static _Alignas(RNNI_ALIGNMENT) char scratch[4096];
    const struct rnni_ctc ctc = {.logits = numbers,
                                 .labels = &label,
                                 .lengths = &length,
                                 .steps = 2,
                                 .batch = 1,
                                 .classes = 3,
                                 .most_labels = 1};
    (void)rnni_ctc_sequence(&ctc, 0, 1, scratch + offset);
}

static void labels_within(void)
{
    run_ctc(2, 2, 0);
}

static void the_blank_as_a_label(void)
{
    run_ctc(0, 2, 0);
}

static void a_label_past_the_classes(void)
{
    run_ctc(3, 2, 0);
}

static void a_sequence_longer_than_its_batch(void)
{
    run_ctc(2, 3, 0);
}

static void scratch_within_a_cache_line(void)
{
    run_ctc(2, 2, sizeof(double));
}

/* 2 steps of 3 classes with one label, if `labels` has it. */
static void run_ctc_of(const int32_t *labels, size_t most, size_t blank)
{
    static _Alignas(RNNI_ALIGNMENT) char scratch[4096];
    const int32_t one = 1;
    const struct rnni_ctc ctc = {.logits = numbers,
                                 .labels = labels,
                                 .label_lengths = &one,
                                 .steps = 2,
                                 .batch = 1,
                                 .classes = 3,
                                 .most_labels = most,
                                 .blank = blank};
    (void)rnni_ctc_sequence(&ctc, 0, 1, scratch);
}

static const int32_t label_of_two = 2;

static void one_label(void)
{
    run_ctc_of(&label_of_two, 1, 0);
}

static void more_labels_than_there_may_be(void)
{
    run_ctc_of(&label_of_two, 0, 0);
}

static void a_blank_that_is_no_class(void)
{
    run_ctc_of(&label_of_two, 1, 3);
}

static void a_label_that_is_nowhere(void)
{
    run_ctc_of(NULL, 1, 0);
}

static void a_label_below_zero(void)
{
    run_ctc(-1, 2, 0);
}

static void run_cross_entropy(int32_t target)
{
    const struct rnni_cross_entropy with = {.targets = &target, .ignored = -100};
    const struct rnni_loss_steps over = {.steps = 1, .batch = 1, .classes = 3};
    (void)rnni_loss_cross_entropy(NULL, NULL, numbers, &with, &over, 1, NULL);
}

static void an_ignored_target(void)
{
    run_cross_entropy(-100);
}

static void a_target_below_zero(void)
{
    run_cross_entropy(-1);
}

static struct rnn_loss *new_loss(int32_t kind)
{
    struct rnn_loss *loss;
    if (rnni_loss_create(&loss, kind, ""))
        _exit(1);
    return loss;
}

static void an_unknown_loss(void)
{
    (void)new_loss(RNN_LOSS_ERROR_TO_SIGNAL + 1);
}

static void a_batch_of_no_steps(void)
{
    (void)rnni_loss_begin_batch(new_loss(RNN_LOSS_HUBER), 0, 0, 1, 1, "");
}

static void a_loss_without_a_batch(void)
{
    double value;
    (void)rnni_loss_run(
        new_loss(RNN_LOSS_HUBER),
        &(struct rnni_loss_call){.value = &value, .y = numbers, .values = numbers, .has_values = 1, .function = ""});
}

static double value_of_loss;
static const int32_t loss_classes[4] = {1, 1, 1, 1};

/* In a batch of 2 steps, 2 sequences and 2 classes. */
static void run_loss(int32_t kind, struct rnni_loss_call call)
{
    struct rnn_loss *loss = new_loss(kind);
    if (rnni_loss_begin_batch(loss, 0, 2, 2, 2, ""))
        _exit(1);
    call.function = "";
    (void)rnni_loss_run(loss, &call);
}

static void a_loss_of_classes(void)
{
    run_loss(
        RNN_LOSS_CROSS_ENTROPY,
        (struct rnni_loss_call){.value = &value_of_loss, .y = numbers, .classes = loss_classes, .targets_count = 4});
}

static void a_loss_of_values(void)
{
    run_loss(RNN_LOSS_HUBER,
             (struct rnni_loss_call){
                 .value = &value_of_loss, .y = numbers, .values = numbers, .has_values = 1, .targets_count = 8});
}

static void a_loss_of_labels(void)
{
    run_loss(RNN_LOSS_CTC, (struct rnni_loss_call){
                               .value = &value_of_loss, .y = numbers, .classes = loss_classes, .targets_count = 2});
}

static void a_loss_of_no_labels(void)
{
    run_loss(RNN_LOSS_CTC, (struct rnni_loss_call){.value = &value_of_loss, .y = numbers});
}

static void a_loss_without_a_value(void)
{
    run_loss(RNN_LOSS_HUBER,
             (struct rnni_loss_call){.y = numbers, .values = numbers, .has_values = 1, .targets_count = 8});
}

static void a_loss_without_outputs(void)
{
    run_loss(RNN_LOSS_HUBER,
             (struct rnni_loss_call){.value = &value_of_loss, .values = numbers, .has_values = 1, .targets_count = 8});
}

static void a_loss_within_its_callback(void)
{
    const struct rnni_loss_call call = {
        .value = &value_of_loss, .y = numbers, .values = numbers, .has_values = 1, .targets_count = 8, .function = ""};
    struct rnn_loss *loss = new_loss(RNN_LOSS_HUBER);
    if (rnni_loss_begin_batch(loss, 0, 2, 2, 2, ""))
        _exit(1);
    loss->call = &call;
    (void)rnni_loss_run(loss, &call);
}

static void a_custom_loss_without_a_callback(void)
{
    run_loss(RNN_LOSS_CUSTOM, (struct rnni_loss_call){.value = &value_of_loss, .y = numbers});
}

static void labels_as_values(void)
{
    run_loss(RNN_LOSS_CTC,
             (struct rnni_loss_call){
                 .value = &value_of_loss, .y = numbers, .values = numbers, .has_values = 1, .targets_count = 2});
}

static void labels_for_half_a_sequence(void)
{
    run_loss(RNN_LOSS_CTC, (struct rnni_loss_call){
                               .value = &value_of_loss, .y = numbers, .classes = loss_classes, .targets_count = 3});
}

static void labels_that_are_nowhere(void)
{
    run_loss(RNN_LOSS_CTC, (struct rnni_loss_call){.value = &value_of_loss, .y = numbers, .targets_count = 2});
}

static void classes_as_values(void)
{
    run_loss(RNN_LOSS_CROSS_ENTROPY,
             (struct rnni_loss_call){
                 .value = &value_of_loss, .y = numbers, .values = numbers, .has_values = 1, .targets_count = 4});
}

static void classes_that_are_nowhere(void)
{
    run_loss(RNN_LOSS_CRF, (struct rnni_loss_call){.value = &value_of_loss, .y = numbers, .targets_count = 4});
}

static void too_few_classes(void)
{
    run_loss(
        RNN_LOSS_CROSS_ENTROPY,
        (struct rnni_loss_call){.value = &value_of_loss, .y = numbers, .classes = loss_classes, .targets_count = 3});
}

static void values_as_classes(void)
{
    run_loss(RNN_LOSS_HUBER, (struct rnni_loss_call){
                                 .value = &value_of_loss, .y = numbers, .classes = loss_classes, .targets_count = 4});
}

static void values_that_are_nowhere(void)
{
    run_loss(RNN_LOSS_HUBER,
             (struct rnni_loss_call){.value = &value_of_loss, .y = numbers, .has_values = 1, .targets_count = 8});
}

static void too_few_values(void)
{
    run_loss(RNN_LOSS_HUBER,
             (struct rnni_loss_call){
                 .value = &value_of_loss, .y = numbers, .values = numbers, .has_values = 1, .targets_count = 7});
}

static void what_is_right_passes(void **state)
{
    static const struct call calls[] = {
        CALL(labels_within),    CALL(an_ignored_target), CALL(one_label),           CALL(a_loss_of_classes),
        CALL(a_loss_of_values), CALL(a_loss_of_labels),  CALL(a_loss_of_no_labels),
    };
    (void)state;
    check_aborts(calls, sizeof calls / sizeof *calls, 0);
}

static void each_violation_aborts(void **state)
{
    static const struct call calls[] = {
        CALL(the_blank_as_a_label),
        CALL(a_label_past_the_classes),
        CALL(a_sequence_longer_than_its_batch),
        CALL(scratch_within_a_cache_line),
        CALL(more_labels_than_there_may_be),
        CALL(a_blank_that_is_no_class),
        CALL(a_label_that_is_nowhere),
        CALL(a_label_below_zero),
        CALL(a_target_below_zero),
        CALL(an_unknown_loss),
        CALL(a_batch_of_no_steps),
        CALL(a_loss_without_a_batch),
        CALL(a_loss_without_a_value),
        CALL(a_loss_without_outputs),
        CALL(a_loss_within_its_callback),
        CALL(a_custom_loss_without_a_callback),
        CALL(labels_as_values),
        CALL(labels_for_half_a_sequence),
        CALL(labels_that_are_nowhere),
        CALL(classes_as_values),
        CALL(classes_that_are_nowhere),
        CALL(too_few_classes),
        CALL(values_as_classes),
        CALL(values_that_are_nowhere),
        CALL(too_few_values),
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
