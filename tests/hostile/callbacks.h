/* Callbacks of losses, scorers, generators, sources, transforms and trainers, whose results are random, and which call
 * the library again. */
#ifndef RNN_TESTS_CALLBACKS_H
#define RNN_TESTS_CALLBACKS_H

#include "hostile/objects.h"

#define CALLBACK_STOPS 77 /* what callbacks return to stop; the library returns it */

int32_t loss_callback(void *user, rnn_loss *loss, double *value, double *weight, float *dy, const float *y,
                      size_t y_count);
int32_t scorer_callback(void *user, float *scores, size_t scores_count, const int32_t *slots, const int32_t *labels,
                        const int32_t *parents, size_t rows);
int32_t generator_callback(void *user, float *logits, size_t logits_count, const int32_t *tokens,
                           const int32_t *parents, size_t rows);
int32_t source_callback(void *user, rnn_sample *sample, size_t index, int64_t seed);
int32_t transform_callback(void *user, rnn_sample *sample, size_t index, int64_t seed);
int32_t progress_callback(void *user, rnn_trainer *trainer, int32_t event);
void parallel_for_callback(void *user, size_t count, rnn_task task, void *context);

/* The sequence that the callback that runs makes, or NULL. */
rnn_sample *current_sample(void);

/* Makes some random calls, unless calls are nested too deep already. */
void calls_within(void);

#endif
