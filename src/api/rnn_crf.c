/* What is special to a linear-chain CRF: its transitions in losses and decoders, their gradients, and marginals. */
#include "api/losses.h"
#include "api/transitions.h"
#include "decoding/decoder.h"

#include <string.h>

/* ---- losses ------------------------------------------------------------------------------------------------------ */

static int32_t check_loss(struct rnni_caller caller, const rnn_loss *loss)
{
    RNNI_TRY(rnni_losses_check_idle(caller, loss));
    if (loss->kind != RNN_LOSS_CRF)
        return rnni_status_fail(caller.message, RNN_E_UNSUPPORTED, "%s: the kind is %s, expected RNN_LOSS_CRF",
                                caller.function, rnni_loss_kind_name(loss->kind));
    return RNN_OK;
}

RNN_API int32_t rnn_loss_set_transitions(rnn_loss *loss, const float *start, size_t start_count, const float *end,
                                         size_t end_count, const float *transitions, size_t transitions_count)
{
    RNNI_NEED(NULL, loss);
    struct rnni_caller caller = {&loss->message, __func__};
    RNNI_TRY(check_loss(caller, loss));
    return rnni_transitions_set(
        caller, &loss->transitions,
        (struct rnni_transitions){start, end, transitions, start_count, end_count, transitions_count});
}

RNN_API int32_t rnn_loss_set_transitions_of_model(rnn_loss *loss, const rnn_model *model)
{
    RNNI_NEED(NULL, loss);
    RNNI_NEED(&loss->message, model);
    struct rnni_caller caller = {&loss->message, __func__};
    RNNI_TRY(check_loss(caller, loss));
    return rnni_transitions_set_of_model(caller, &loss->transitions, model);
}

static int32_t check_gradients(struct rnni_caller caller, const rnn_loss *loss)
{
    if (!loss->dtransitions.count)
        return rnni_status_fail(caller.message, RNN_E_STATE,
                                "%s: expected after rnn_loss_of_classes with dy, and before the next batch",
                                caller.function);
    return RNN_OK;
}

RNN_API int32_t rnn_loss_get_transition_gradients(rnn_loss *loss, float *dstart, size_t dstart_count, float *dend,
                                                  size_t dend_count, float *dtransitions, size_t dtransitions_count)
{
    RNNI_NEED(NULL, loss);
    struct rnni_caller caller = {&loss->message, __func__};
    RNNI_TRY(check_loss(caller, loss));
    RNNI_TRY(check_gradients(caller, loss));
    size_t classes = loss->classes;
    struct rnni_shape vector = {"C", classes, 0, 0, NULL}, matrix = {"C*C", classes, classes, 0, NULL};
    RNNI_TRY(rnni_check_array(caller, "dstart", dstart, dstart_count, vector, 1));
    RNNI_TRY(rnni_check_array(caller, "dend", dend, dend_count, vector, 1));
    RNNI_TRY(rnni_check_array(caller, "dtransitions", dtransitions, dtransitions_count, matrix, 1));
    const float *gradients = loss->dtransitions.block.data;
    if (dstart)
        memcpy(dstart, gradients, classes * sizeof *dstart);
    if (dend)
        memcpy(dend, gradients + classes, classes * sizeof *dend);
    if (dtransitions)
        memcpy(dtransitions, gradients + 2 * classes, classes * classes * sizeof *dtransitions);
    return RNN_OK;
}

RNN_API int32_t rnn_session_add_transition_gradients(rnn_session *session, const rnn_loss *loss)
{
    RNNI_NEED(NULL, session);
    struct rnni_caller caller = {&session->message, __func__};
    RNNI_NEED(caller.message, loss);
    RNNI_TRY(rnni_check_training(caller, session));
    RNNI_TRY(rnni_transitions_check_model(caller, session->model));
    RNNI_TRY(check_loss(caller, loss));
    RNNI_TRY(check_gradients(caller, loss));
    const struct rnni_layout *layout = &session->model->layout;
    if (layout->classes != loss->classes)
        return rnni_status_fail(caller.message, RNN_E_SIZE, "%s: the loss is of %zu classes, expected %zu", __func__,
                                loss->classes, layout->classes);
    const float *gradients = loss->dtransitions.block.data;
    for (size_t i = 0; i < loss->dtransitions.count; i++)
        session->gradients[layout->crf + i] += gradients[i];
    return RNN_OK;
}

/* ---- decoders ---------------------------------------------------------------------------------------------------- */

static int32_t check_decoder(struct rnni_caller caller, const rnn_decoder *decoder)
{
    if (decoder->kind != RNN_DECODER_CRF)
        return rnni_status_fail(caller.message, RNN_E_UNSUPPORTED, "%s: the decoder is %s, expected RNN_DECODER_CRF",
                                caller.function, rnni_decoder_kind_name(decoder->kind));
    return RNN_OK;
}

RNN_API int32_t rnn_decoder_set_transitions(rnn_decoder *decoder, const float *start, size_t start_count,
                                            const float *end, size_t end_count, const float *transitions,
                                            size_t transitions_count)
{
    RNNI_NEED(NULL, decoder);
    struct rnni_caller caller = {&decoder->message, __func__};
    RNNI_TRY(check_decoder(caller, decoder));
    return rnni_transitions_set(
        caller, &decoder->transitions,
        (struct rnni_transitions){start, end, transitions, start_count, end_count, transitions_count});
}

RNN_API int32_t rnn_decoder_set_transitions_of_model(rnn_decoder *decoder, const rnn_model *model)
{
    RNNI_NEED(NULL, decoder);
    struct rnni_caller caller = {&decoder->message, __func__};
    RNNI_NEED(caller.message, model);
    RNNI_TRY(check_decoder(caller, decoder));
    return rnni_transitions_set_of_model(caller, &decoder->transitions, model);
}

RNN_API int32_t rnn_decoder_get_marginals(rnn_decoder *decoder, float *p, size_t p_count)
{
    RNNI_NEED(NULL, decoder);
    struct rnni_caller caller = {&decoder->message, __func__};
    RNNI_TRY(check_decoder(caller, decoder));
    RNNI_NEED(caller.message, p);
    if (!decoder->marginals_count)
        return rnni_status_fail(caller.message, RNN_E_STATE, "%s: expected after rnn_decoder_decode", __func__);
    RNNI_TRY(rnni_check_array(caller, "p", p, p_count,
                              (struct rnni_shape){"T*B*C", decoder->marginals_count, 0, 0, NULL}, 0));
    memcpy(p, decoder->marginals.data, p_count * sizeof *p);
    return RNN_OK;
}
