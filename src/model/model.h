/* Architecture and weights.  A model is read by any number of sessions at once and changed by one caller alone, so all
 * that is derived from the parameters is made anew in the call that changes them, never by a reader. */
#ifndef RNNI_MODEL_H
#define RNNI_MODEL_H

#include "base/team.h"
#include "model/layer_list.h"
#include "model/layout.h"
#include "model/metadata.h"

#include <stdatomic.h>

struct rnn_model {
    atomic_size_t references;
    struct rnni_options options;
    struct rnni_layout layout;
    struct rnni_layer_list list; /* layers, where the network is a list of them; the layout then has all its tensors,
                                    and no cell */
    int is_part;                 /* a recurrent layer of a list: the parameters belong to the list's model */
    float *parameters;           /* [parameters_held], by the layout */
    size_t parameters_held;      /* the layout's parameter_count, or those that rnni_release_parameters kept */
    int released;                /* some are gone */
    float *packed;               /* [packed_count], see struct rnni_direction_place */
    float *renewed;              /* what becomes `packed`, while the precision changes */
    uint64_t version;            /* counts the changes of the parameters */
    struct rnni_metadata *notes;
};

/* Checks the definition and takes the memory; parameters are 0 until the caller fills them
 * and calls rnni_model_parameters_changed. */
int32_t rnni_model_create(struct rnn_model **out, const struct rnni_definition *definition,
                          struct rnni_message *message, const char *function);
void rnni_model_retain(struct rnn_model *model);
void rnni_model_drop(struct rnn_model *model); /* one reference; NULL does nothing */

/* `gates` gates of W [gates * units, k] of the parameters as forward reads them: there, or in the panels at `packed`.
 */
struct rnni_weights rnni_model_weights(const struct rnn_model *model, size_t weight, size_t packed, size_t k,
                                       size_t units, size_t gates);

/* Packs the weights with another RNN_PRECISION_...; the model must have one reference.  RNN_E_MEMORY: the model stays
 * as it was. */
int32_t rnni_model_set_precision(struct rnn_model *model, int64_t precision, struct rnni_message *message,
                                 const char *function);

/* Packs, on the threads of a team or, for NULL, on that of the caller; to be called after every change. */
void rnni_model_parameters_changed(struct rnn_model *model, struct rnni_team *team);

/* Bytes that it holds. */
size_t rnni_model_bytes(const struct rnn_model *model);

#endif
