/* How well held-out sequences are classified, in numbers. */
#include "classify.h"
#include "model.h"

#include <stdio.h>
#include <stdlib.h>

static size_t row_sum(const results *r, size_t class)
{
    size_t sum = 0;

    for (size_t j = 0; j < r->classes; j++)
        sum += r->confusion[class * r->classes + j];
    return sum;
}

/* The share of a class that was recognised; the class has at least one sequence. */
static double recall(const results *r, size_t class)
{
    return (double)r->confusion[class * r->classes + class] / (double)row_sum(r, class);
}

static void sum_up(results *r)
{
    size_t right = 0, present = 0;
    double recalls = 0;

    for (size_t i = 0; i < r->classes; i++) {
        right += r->confusion[i * r->classes + i];
        if (row_sum(r, i) > 0) {
            recalls += recall(r, i);
            present++;
        }
    }
    r->accuracy = (double)right / (double)r->count;
    r->balanced = recalls / (double)present;
}

void results_measure(results *out, rnn_model *model, const sequence_list *held_out)
{
    int32_t *classes = allocate(held_out->count, sizeof *classes);
    int64_t outputs;

    check(rnn_model_get_int(model, RNN_CLASSES, &outputs));
    out->parameters = parameter_count(model);
    out->classes = (size_t)outputs;
    out->count = held_out->count;
    out->confusion = allocate(out->classes * out->classes, sizeof *out->confusion);
    learn_classify(classes, model, held_out);
    for (size_t i = 0; i < held_out->count; i++)
        out->confusion[(size_t)held_out->items[i].labels[0] * out->classes + (size_t)classes[i]]++;
    sum_up(out);
    free(classes);
}

void results_print(const results *r, const class_list *classes)
{
    printf("\n%-24s %9s %9s %9s\n", "class", "held out", "right", "recall");
    for (size_t i = 0; i < r->classes; i++) {
        size_t sum = row_sum(r, i);
        printf("%-24s %9zu %9zu", classes->names[i], sum, r->confusion[i * r->classes + i]);
        if (sum > 0)
            printf(" %7.1f %%\n", 100 * recall(r, i));
        else
            printf(" %9s\n", "-");
    }
    printf("\n%-24s %8.2f %%\n", "held-out accuracy", 100 * r->accuracy);
    printf("%-24s %8.2f %%\n", "mean of the recalls", 100 * r->balanced);
    printf("%-24s %8zu\n", "parameters", r->parameters);
    printf("%-24s %8.1f\n", "seconds of training", r->learned.seconds);
}
