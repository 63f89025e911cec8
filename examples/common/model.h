#ifndef MODEL_H
#define MODEL_H

#include <stddef.h>

#include <rnn.h>

/* How many parameters a model has. */
size_t parameter_count(const rnn_model *model);

#endif
