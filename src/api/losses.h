/* What the functions on a loss have in common. */
#ifndef RNNI_LOSSES_H
#define RNNI_LOSSES_H

#include "api/check.h"
#include "training/loss_handle.h"

/* RNN_E_STATE while the callback of the loss runs: it must not change what the call that runs it works with. */
static inline int32_t rnni_losses_check_idle(struct rnni_caller caller, const rnn_loss *loss)
{
    if (loss->call)
        return rnni_status_fail(caller.message, RNN_E_STATE, "%s: not allowed in the callback of this loss",
                                caller.function);
    return RNN_OK;
}

/* RNN_E_STATE unless a batch is set. */
static inline int32_t rnni_losses_check_batch(struct rnni_caller caller, const rnn_loss *loss)
{
    if (!loss->steps)
        return rnni_status_fail(caller.message, RNN_E_STATE, "%s: no batch is set: expected rnn_loss_set_batch before",
                                caller.function);
    return RNN_OK;
}

#endif
