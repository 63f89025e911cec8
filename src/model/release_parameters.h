/* A model for inference alone, with weights of fewer bits: see rnn_model_release_parameters. */
#ifndef RNNI_RELEASE_PARAMETERS_H
#define RNNI_RELEASE_PARAMETERS_H

#include "model/model.h"

/* Releases the parameters that forward reads in panels or tables, and moves the others together; the model must have
 * one reference.  RNN_E_MEMORY: the model stays as it was. */
int32_t rnni_release_parameters(struct rnn_model *model, struct rnni_message *message, const char *function);

#endif
