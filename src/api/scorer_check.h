/* The check of the slots of a scorer. */
#ifndef RNNI_SCORER_CHECK_H
#define RNNI_SCORER_CHECK_H

#include "api/check.h"
#include "decoding/decoder.h"

/* RNN_E_VALUE if the scorer would need slots, so many for each hypothesis of a batch, that int32_t cannot count. */
int32_t rnni_scorer_check_slots(struct rnni_caller caller, const rnn_decoder *decoder, size_t each, size_t batch);

#endif
