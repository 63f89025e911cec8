/* The training of a network that gives sequences a class each, or strings of labels by CTC: rnn_fit, an epoch at a
 * time, with a line of progress for each. */
#ifndef LEARN_H
#define LEARN_H

#include "sequences.h"
#include "series.h"

typedef struct {
    int32_t loss; /* RNN_LOSS_CROSS_ENTROPY, with one label a sequence, or RNN_LOSS_CTC, blank 0 */
    int64_t epochs, batch, threads /* 0: chosen by threads_choose */, seed;
    double rate;     /* of Adam; it falls as a cosine, to a hundredth of this in the last epoch */
    double decay;    /* of the weights: AdamW; 0: Adam */
    double max_norm; /* of the gradient; 0: any */
} learn_options;

/* What the network reads in an epoch, 0, 1, ...: the same list every time, or one that was just drawn.  It must stay
 * until the next call, or the end of learn. */
typedef const sequence_list *learn_draw(void *user, int64_t epoch);

typedef struct {
    series training, held_out; /* losses; x is the epoch that was over then */
    double seconds;            /* of training alone: what is held out is looked at on other time */
} learn_result;

/* Trains the model, and looks at what is held out after every epoch; that decides nothing, it is only shown. */
void learn(learn_result *result, rnn_model *model, learn_draw *draw, void *user, const sequence_list *held_out,
           const learn_options *options);

/* Classes of all sequences by a model with one output a sequence, [count]: the largest of the logits. */
void learn_classify(int32_t *classes, rnn_model *model, const sequence_list *list);

/* Strings of labels by a model with the blank as class 0, by the best path: labels [count] arrays to be freed. */
typedef struct {
    int32_t *labels;
    size_t count;
} label_string;

/* Copies the best result of a sequence. */
label_string label_string_of(rnn_decoder *decoder, size_t index);

void learn_transcribe(label_string *strings, rnn_model *model, const sequence_list *list);

/* Edits that make the strings those of the sequences, over the number of labels of the sequences; strings that are
 * wholly right are counted in *right. */
double learn_error_rate(size_t *right, const label_string *strings, const sequence_list *list);

#endif
