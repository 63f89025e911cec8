/* Every pointer of every public function NULL in turn: refused by name, or what the header says that it means. */
#include "support/fixture.h"
#include "support/loss_call.h"

#include <string.h>

static void test_configuration(void **state)
{
    (void)state;
    struct fixture f = fixture_open(REAL, RNN_TRAINING);
    struct outputs *o = &f.out;
    assert_refused(&f, rnn_config_create(NULL), RNN_E_NULL, "out is NULL");
    assert_refused(&f, rnn_config_set_int(NULL, RNN_LAYERS, 1), RNN_E_NULL, "config is NULL");
    assert_refused(&f, rnn_config_set_real(NULL, RNN_INIT_RANGE, 1), RNN_E_NULL, "config is NULL");
    assert_refused(&f, rnn_config_get_int(NULL, RNN_LAYERS, &o->integer), RNN_E_NULL, "config is NULL");
    assert_refused(&f, rnn_config_get_real(NULL, RNN_INIT_RANGE, &o->real), RNN_E_NULL, "config is NULL");
    assert_refused_by_config(&f, rnn_config_get_int(f.config, RNN_LAYERS, NULL), RNN_E_NULL, "value is NULL");
    assert_refused_by_config(&f, rnn_config_get_real(f.config, RNN_INIT_RANGE, NULL), RNN_E_NULL, "value is NULL");
    assert_refused(&f, rnn_config_set_text(NULL, RNN_PREFIX, ""), RNN_E_NULL, "config is NULL");
    assert_refused(&f, rnn_config_get_text(NULL, RNN_PREFIX, &o->text), RNN_E_NULL, "config is NULL");
    assert_refused(&f, rnn_config_infer(NULL, "api_null.safetensors"), RNN_E_NULL, "config is NULL");
    assert_refused(&f, rnn_config_infer_memory(NULL, "bytes", 5), RNN_E_NULL, "config is NULL");
    assert_refused_by_config(&f, rnn_config_set_text(f.config, RNN_PREFIX, NULL), RNN_E_NULL, "value is NULL");
    assert_refused_by_config(&f, rnn_config_get_text(f.config, RNN_PREFIX, NULL), RNN_E_NULL, "value is NULL");
    assert_refused_by_config(&f, rnn_config_infer(f.config, NULL), RNN_E_NULL, "path is NULL");
    assert_refused_by_config(&f, rnn_config_infer_memory(f.config, NULL, 5), RNN_E_NULL, "bytes is NULL");
    assert_string_equal(rnn_config_last_error(NULL), "");
    rnn_config_destroy(NULL);
    assert_undisturbed(&f);
    fixture_close(&f);
}

static void test_model(void **state)
{
    (void)state;
    struct fixture f = fixture_open(REAL, RNN_TRAINING);
    struct outputs *o = &f.out;
    assert_refused(&f, rnn_create(&o->model, NULL), RNN_E_NULL, "config is NULL");
    assert_refused_by_config(&f, rnn_create(NULL, f.config), RNN_E_NULL, "out is NULL");
    assert_refused(&f, rnn_retain(NULL), RNN_E_NULL, "model is NULL");
    assert_refused(&f, rnn_model_get_int(NULL, RNN_LAYERS, &o->integer), RNN_E_NULL, "model is NULL");
    assert_refused(&f, rnn_model_get_int(f.model, RNN_LAYERS, NULL), RNN_E_NULL, "value is NULL");
    assert_refused(&f, rnn_model_get_real(NULL, RNN_INIT_RANGE, &o->real), RNN_E_NULL, "model is NULL");
    assert_refused(&f, rnn_model_get_real(f.model, RNN_INIT_RANGE, NULL), RNN_E_NULL, "value is NULL");
    assert_refused(&f, rnn_model_get_text(NULL, RNN_PREFIX, &o->text), RNN_E_NULL, "model is NULL");
    assert_refused(&f, rnn_model_get_text(f.model, RNN_PREFIX, NULL), RNN_E_NULL, "value is NULL");
    assert_refused(&f, rnn_describe(NULL, NULL, 0, &o->count, 1, 1), RNN_E_NULL, "model is NULL");
    assert_refused(&f, rnn_describe(f.model, NULL, 0, NULL, 1, 1), RNN_E_NULL, "size is NULL");
    assert_refused(&f, rnn_describe(f.model, NULL, 5, &o->count, 1, 1), RNN_E_NULL, "text is NULL");
    assert_refused(&f, rnn_model_set_metadata(NULL, "key", "value"), RNN_E_NULL, "model is NULL");
    assert_refused(&f, rnn_model_set_metadata(f.model, NULL, "value"), RNN_E_NULL, "key is NULL");
    assert_refused(&f, rnn_model_get_metadata(NULL, "key", &o->text), RNN_E_NULL, "model is NULL");
    assert_refused(&f, rnn_model_get_metadata(f.model, "key", NULL), RNN_E_NULL, "value is NULL");
    assert_refused(&f, rnn_model_get_metadata(f.model, NULL, &o->text), RNN_E_NULL, "key is NULL");
    rnn_destroy(NULL);
    assert_undisturbed(&f);
    fixture_close(&f);
}

static void test_parameters(void **state)
{
    (void)state;
    struct fixture f = fixture_open(REAL, RNN_TRAINING);
    struct outputs *o = &f.out;
    size_t n = f.parameter_count;
    assert_refused(&f, rnn_model_tensor_count(NULL, &o->count), RNN_E_NULL, "model is NULL");
    assert_refused(&f, rnn_model_tensor_count(f.model, NULL), RNN_E_NULL, "count is NULL");
    assert_refused(&f, rnn_model_tensor_info(NULL, 0, &o->text, &o->rank, o->shape, 2, &o->offset), RNN_E_NULL,
                   "model is NULL");
    assert_refused(&f, rnn_model_parameters(NULL, &o->view, &o->count), RNN_E_NULL, "model is NULL");
    assert_refused(&f, rnn_model_parameters(f.model, NULL, &o->count), RNN_E_NULL, "values is NULL");
    assert_refused(&f, rnn_model_parameters(f.model, &o->view, NULL), RNN_E_NULL, "count is NULL");
    assert_refused(&f, rnn_model_set_parameters(NULL, f.parameters, n), RNN_E_NULL, "model is NULL");
    assert_refused(&f, rnn_model_set_parameters(f.model, NULL, n), RNN_E_NULL, "values is NULL");
    assert_refused(&f, rnn_model_set_parameters(f.model, NULL, 0), RNN_E_NULL, "values is NULL");
    assert_refused(&f, rnn_model_get_parameter(NULL, "head.bias", o->tensor, C), RNN_E_NULL, "model is NULL");
    assert_refused(&f, rnn_model_get_parameter(f.model, "head.bias", NULL, C), RNN_E_NULL, "values is NULL");
    assert_refused(&f, rnn_model_get_parameter(f.model, NULL, o->tensor, C), RNN_E_NULL, "name is NULL");
    assert_refused(&f, rnn_model_set_parameter(NULL, "head.bias", f.dy, C), RNN_E_NULL, "model is NULL");
    assert_refused(&f, rnn_model_set_parameter(f.model, "head.bias", NULL, C), RNN_E_NULL, "values is NULL");
    assert_refused(&f, rnn_model_set_parameter(f.model, NULL, f.dy, C), RNN_E_NULL, "name is NULL");
    assert_undisturbed(&f);
    fixture_close(&f);
}

/* Any output of rnn_model_tensor_info may be left out. */
static void test_tensor_info_in_parts(void **state)
{
    (void)state;
    struct fixture f = fixture_open(REAL, RNN_TRAINING);
    const char *name = NULL;
    size_t rank = 0, shape[2] = {0}, offset = 0;
    assert_ok(rnn_model_tensor_info(f.model, 1, NULL, NULL, NULL, 0, NULL));
    assert_ok(rnn_model_tensor_info(f.model, 1, &name, NULL, NULL, 0, NULL));
    assert_ok(rnn_model_tensor_info(f.model, 1, NULL, &rank, NULL, 0, NULL));
    assert_ok(rnn_model_tensor_info(f.model, 1, NULL, NULL, shape, 2, NULL));
    assert_ok(rnn_model_tensor_info(f.model, 1, NULL, NULL, NULL, 0, &offset));
    assert_string_equal(name, "weight_hh_l0");
    assert_int_equal(rank, 2);
    assert_int_equal(shape[0], H);
    assert_int_equal(shape[1], H);
    assert_int_equal(offset, H * I);
    fixture_close(&f);
}

static void test_checkpoints(void **state)
{
    (void)state;
    struct fixture f = fixture_open(REAL, RNN_TRAINING);
    struct outputs *o = &f.out;
    assert_refused(&f, rnn_save(NULL, "api_null.safetensors"), RNN_E_NULL, "model is NULL");
    assert_refused(&f, rnn_save(f.model, NULL), RNN_E_NULL, "path is NULL");
    assert_refused(&f, rnn_save_memory(NULL, o->bytes, 16, &o->count), RNN_E_NULL, "model is NULL");
    assert_refused(&f, rnn_save_memory(f.model, NULL, 16, &o->count), RNN_E_NULL, "bytes is NULL");
    assert_refused(&f, rnn_save_memory(f.model, o->bytes, 16, NULL), RNN_E_NULL, "size is NULL");
    assert_refused(&f, rnn_load(NULL, "api_null.safetensors"), RNN_E_NULL, "out is NULL");
    assert_refused(&f, rnn_load(&o->model, NULL), RNN_E_NULL, "path is NULL");
    assert_refused(&f, rnn_load_memory(NULL, "bytes", 5), RNN_E_NULL, "out is NULL");
    assert_refused(&f, rnn_load_memory(&o->model, NULL, 5), RNN_E_NULL, "bytes is NULL");
    assert_refused(&f, rnn_load_memory(&o->model, NULL, 0), RNN_E_NULL, "bytes is NULL");
    assert_refused(&f, rnn_model_load_parameters(NULL, "api_null.safetensors"), RNN_E_NULL, "model is NULL");
    assert_refused(&f, rnn_model_load_parameters(f.model, NULL), RNN_E_NULL, "path is NULL");
    assert_refused(&f, rnn_model_load_parameters_memory(NULL, "bytes", 5), RNN_E_NULL, "model is NULL");
    assert_refused(&f, rnn_model_load_parameters_memory(f.model, NULL, 5), RNN_E_NULL, "bytes is NULL");
    assert_refused(&f, rnn_model_unused_tensors(NULL, "a", NULL, 0, &o->count), RNN_E_NULL, "model is NULL");
    assert_refused(&f, rnn_model_unused_tensors(f.model, NULL, NULL, 0, &o->count), RNN_E_NULL, "path is NULL");
    assert_refused(&f, rnn_model_unused_tensors(f.model, "a", NULL, 5, &o->count), RNN_E_NULL, "text is NULL");
    assert_refused(&f, rnn_model_unused_tensors(f.model, "a", NULL, 0, NULL), RNN_E_NULL, "size is NULL");
    assert_refused(&f, rnn_model_unused_tensors_memory(NULL, "b", 1, NULL, 0, &o->count), RNN_E_NULL, "model is NULL");
    assert_refused(&f, rnn_model_unused_tensors_memory(f.model, NULL, 1, NULL, 0, &o->count), RNN_E_NULL,
                   "bytes is NULL");
    assert_refused(&f, rnn_model_unused_tensors_memory(f.model, "b", 1, NULL, 0, NULL), RNN_E_NULL, "size is NULL");
    assert_refused(&f, rnn_model_unused_tensors_memory(f.model, "b", 1, NULL, 5, &o->count), RNN_E_NULL,
                   "text is NULL");
    assert_undisturbed(&f);
    fixture_close(&f);
}

static void test_session(void **state)
{
    (void)state;
    struct fixture f = fixture_open(REAL, RNN_TRAINING);
    struct outputs *o = &f.out;
    rnn_session *s = f.session;
    assert_refused(&f, rnn_session_create(NULL, f.model, RNN_TRAINING), RNN_E_NULL, "out is NULL");
    assert_refused(&f, rnn_session_create(&o->session, NULL, RNN_TRAINING), RNN_E_NULL, "model is NULL");
    assert_refused(&f, rnn_session_reserve(NULL, 1, 1), RNN_E_NULL, "session is NULL");
    assert_refused(&f, rnn_reset_state(NULL, 1), RNN_E_NULL, "session is NULL");
    assert_refused(&f, rnn_session_get_state(NULL, RNN_STATE_H, o->states, STATES), RNN_E_NULL, "session is NULL");
    assert_refused_by_session(&f, rnn_session_get_state(s, RNN_STATE_H, NULL, STATES), RNN_E_NULL, "values is NULL");
    assert_refused_by_session(&f, rnn_session_get_state(s, RNN_STATE_H, NULL, 0), RNN_E_NULL, "values is NULL");
    assert_refused(&f, rnn_session_set_state(NULL, RNN_STATE_H, f.initial, STATES), RNN_E_NULL, "session is NULL");
    assert_refused_by_session(&f, rnn_session_set_state(s, RNN_STATE_H, NULL, STATES), RNN_E_NULL, "values is NULL");
    assert_refused(&f, rnn_session_set_state_gradient(NULL, RNN_STATE_H, f.initial, STATES), RNN_E_NULL,
                   "session is NULL");
    assert_refused_by_session(&f, rnn_session_set_state_gradient(s, RNN_STATE_H, NULL, STATES), RNN_E_NULL,
                              "values is NULL");
    assert_refused(&f, rnn_session_get_state_gradient(NULL, RNN_STATE_H, o->states, STATES), RNN_E_NULL,
                   "session is NULL");
    assert_refused(&f, rnn_session_seed_dropout(NULL, 1), RNN_E_NULL, "session is NULL");
    assert_string_equal(rnn_session_last_error(NULL), "");
    rnn_session_destroy(NULL);
    assert_undisturbed(&f);
    assert_ok(rnn_backward(s, NULL, 0, f.dy, OUTPUTS)); /* there is a state gradient only now */
    assert_fails(rnn_session_get_state_gradient(s, RNN_STATE_H, NULL, STATES), RNN_E_NULL);
    assert_non_null(strstr(rnn_session_last_error(s), "rnn_session_get_state_gradient: values is NULL"));
    fixture_close(&f);
}

static void test_running_on_numbers(void **state)
{
    (void)state;
    struct fixture f = fixture_open(REAL, RNN_TRAINING);
    struct outputs *o = &f.out;
    rnn_session *s = f.session;
    assert_refused(&f, rnn_forward(NULL, o->y, OUTPUTS, f.x, INPUTS, f.lengths, B, T), RNN_E_NULL, "session is NULL");
    assert_refused_by_session(&f, rnn_forward(s, NULL, OUTPUTS, f.x, INPUTS, f.lengths, B, T), RNN_E_NULL, "y is NULL");
    assert_refused_by_session(&f, rnn_forward(s, o->y, OUTPUTS, NULL, INPUTS, f.lengths, B, T), RNN_E_NULL,
                              "x is NULL");
    assert_refused_by_session(&f, rnn_forward(s, o->y, OUTPUTS, NULL, 0, f.lengths, B, T), RNN_E_NULL, "x is NULL");
    assert_refused_by_session(&f, rnn_forward(s, o->y, OUTPUTS, f.x, INPUTS, NULL, B, T), RNN_E_NULL,
                              "lengths is NULL");
    assert_refused(&f, rnn_step(NULL, o->y, B * C, f.x, B * I), RNN_E_NULL, "session is NULL");
    assert_refused_by_session(&f, rnn_step(s, NULL, B * C, f.x, B * I), RNN_E_NULL, "y is NULL");
    assert_refused_by_session(&f, rnn_step(s, o->y, B * C, NULL, B * I), RNN_E_NULL, "x is NULL");
    assert_undisturbed(&f);
    fixture_close(&f);
}

static void test_running_on_tokens(void **state)
{
    (void)state;
    for (enum input input = ONE_HOT; input <= EMBEDDING; input++) {
        struct fixture f = fixture_open(input, RNN_TRAINING);
        struct outputs *o = &f.out;
        rnn_session *s = f.session;
        assert_refused(&f, rnn_forward_tokens(NULL, o->y, OUTPUTS, f.tokens, ROWS, f.lengths, B, T), RNN_E_NULL,
                       "session is NULL");
        assert_refused_by_session(&f, rnn_forward_tokens(s, NULL, OUTPUTS, f.tokens, ROWS, f.lengths, B, T), RNN_E_NULL,
                                  "y is NULL");
        assert_refused_by_session(&f, rnn_forward_tokens(s, o->y, OUTPUTS, NULL, ROWS, f.lengths, B, T), RNN_E_NULL,
                                  "tokens is NULL");
        assert_refused_by_session(&f, rnn_forward_tokens(s, o->y, OUTPUTS, NULL, 0, f.lengths, B, T), RNN_E_NULL,
                                  "tokens is NULL");
        assert_refused_by_session(&f, rnn_forward_tokens(s, o->y, OUTPUTS, f.tokens, ROWS, NULL, B, T), RNN_E_NULL,
                                  "lengths is NULL");
        assert_refused(&f, rnn_step_tokens(NULL, o->y, B * C, f.tokens, B), RNN_E_NULL, "session is NULL");
        assert_refused_by_session(&f, rnn_step_tokens(s, NULL, B * C, f.tokens, B), RNN_E_NULL, "y is NULL");
        assert_refused_by_session(&f, rnn_step_tokens(s, o->y, B * C, NULL, B), RNN_E_NULL, "tokens is NULL");
        assert_undisturbed(&f);
        fixture_close(&f);
    }
}

static void test_training(void **state)
{
    (void)state;
    struct fixture f = fixture_open(REAL, RNN_TRAINING);
    struct outputs *o = &f.out;
    rnn_session *s = f.session;
    assert_refused(&f, rnn_backward(NULL, o->dx, INPUTS, f.dy, OUTPUTS), RNN_E_NULL, "session is NULL");
    assert_refused_by_session(&f, rnn_backward(s, NULL, INPUTS, f.dy, OUTPUTS), RNN_E_NULL, "dx is NULL");
    assert_refused_by_session(&f, rnn_backward(s, o->dx, INPUTS, NULL, OUTPUTS), RNN_E_NULL, "dy is NULL");
    assert_refused(&f, rnn_zero_gradients(NULL), RNN_E_NULL, "session is NULL");
    assert_refused(&f, rnn_session_gradients(NULL, &o->gradients, &o->count), RNN_E_NULL, "session is NULL");
    assert_refused_by_session(&f, rnn_session_gradients(s, NULL, &o->count), RNN_E_NULL, "values is NULL");
    assert_refused_by_session(&f, rnn_session_gradients(s, &o->gradients, NULL), RNN_E_NULL, "count is NULL");
    assert_refused(&f, rnn_session_get_gradient(NULL, "head.bias", o->tensor, C), RNN_E_NULL, "session is NULL");
    assert_refused_by_session(&f, rnn_session_get_gradient(s, "head.bias", NULL, C), RNN_E_NULL, "values is NULL");
    assert_refused_by_session(&f, rnn_session_get_gradient(s, NULL, o->tensor, C), RNN_E_NULL, "name is NULL");
    assert_refused(&f, rnn_session_clip_gradient_norm(NULL, &o->norm, 1), RNN_E_NULL, "session is NULL");
    assert_refused(&f, rnn_session_clip_gradient_value(NULL, 1), RNN_E_NULL, "session is NULL");
    assert_refused(&f, rnn_sgd_step(NULL, 1), RNN_E_NULL, "session is NULL");
    assert_undisturbed(&f);
    assert_ok(rnn_session_clip_gradient_norm(s, NULL, 1));
    fixture_close(&f);
}

static void test_losses(void **state)
{
    (void)state;
    struct fixture f = fixture_open(REAL, RNN_TRAINING);
    struct outputs *o = &f.out;
    const float *y = f.dy;
    rnn_loss *loss;
    assert_ok(rnn_loss_create(&loss, RNN_LOSS_CROSS_ENTROPY));
    assert_refused(&f, rnn_softmax_cross_entropy(NULL, o->y, OUTPUTS, y, OUTPUTS, f.targets, ROWS, C), RNN_E_NULL,
                   "loss is NULL");
    assert_refused(&f, rnn_softmax_cross_entropy(&o->loss, NULL, OUTPUTS, y, OUTPUTS, f.targets, ROWS, C), RNN_E_NULL,
                   "dlogits is NULL");
    assert_refused(&f, rnn_softmax_cross_entropy(&o->loss, o->y, OUTPUTS, NULL, OUTPUTS, f.targets, ROWS, C),
                   RNN_E_NULL, "logits is NULL");
    assert_refused(&f, rnn_softmax_cross_entropy(&o->loss, o->y, OUTPUTS, y, OUTPUTS, NULL, ROWS, C), RNN_E_NULL,
                   "targets is NULL");
    assert_refused(&f, rnn_loss_set_batch(loss, NULL, B, T, B, C), RNN_E_NULL, "lengths is NULL");
    rnn_loss_destroy(loss);
    assert_refused(&f, rnn_softmax(NULL, OUTPUTS, y, OUTPUTS, C), RNN_E_NULL, "p is NULL");
    assert_refused(&f, rnn_softmax(o->y, OUTPUTS, NULL, OUTPUTS, C), RNN_E_NULL, "logits is NULL");
    assert_undisturbed(&f);
    fixture_close(&f);
}

/* The handles of functions that the tests above leave out. */
static void test_other_handles(void **state)
{
    (void)state;
    struct fixture f = fixture_open(REAL, RNN_TRAINING);
    struct outputs *o = &f.out;
    float *to = o->tensor;
    const int32_t *mask, one = 1;
    size_t n;
    assert_refused(&f, rnn_save_as(NULL, "api_null.safetensors", RNN_PRECISION_BF16), RNN_E_NULL, "model is NULL");
    assert_refused(&f, rnn_save_memory_as(NULL, o->bytes, 16, &n, RNN_PRECISION_BF16), RNN_E_NULL, "model is NULL");
    assert_refused(&f, rnn_model_import_onnx(NULL, 0, RNN_ONNX_W, to, 1), RNN_E_NULL, "model is NULL");
    assert_refused(&f, rnn_model_export_onnx(NULL, 0, RNN_ONNX_W, to, 1), RNN_E_NULL, "model is NULL");
    assert_refused(&f, rnn_model_import_keras(NULL, 0, 0, RNN_KERAS_KERNEL, to, 1), RNN_E_NULL, "model is NULL");
    assert_refused(&f, rnn_model_export_keras(NULL, 0, 0, RNN_KERAS_KERNEL, to, 1), RNN_E_NULL, "model is NULL");
    assert_refused(&f, rnn_session_row_state_count(NULL, &n), RNN_E_NULL, "session is NULL");
    assert_refused(&f, rnn_session_get_row_state(NULL, 0, to, 1), RNN_E_NULL, "session is NULL");
    assert_refused(&f, rnn_session_set_row_state(NULL, 0, to, 1), RNN_E_NULL, "session is NULL");
    assert_refused(&f, rnn_session_reset_row(NULL, 0), RNN_E_NULL, "session is NULL");
    assert_refused(&f, rnn_session_set_step_mask(NULL, &one, 1), RNN_E_NULL, "session is NULL");
    assert_refused(&f, rnn_session_set_resets(NULL, &one, 1), RNN_E_NULL, "session is NULL");
    assert_refused(&f, rnn_loss_get_step_mask(NULL, &mask, &n), RNN_E_NULL, "loss is NULL");
    assert_refused(&f, rnn_loss_get_transition_gradients(NULL, to, 1, to, 1, to, 1), RNN_E_NULL, "loss is NULL");
    assert_refused(&f, rnn_decoder_decode(NULL, f.x, 1, NULL, 0, 1, 1, 1), RNN_E_NULL, "decoder is NULL");
    assert_refused(&f, rnn_attention_step(NULL, NULL), RNN_E_NULL, "attention is NULL");
    assert_undisturbed(&f);
    fixture_close(&f);
}

/* (NULL, 0) where the header allows it gives the same as an array that is not looked at, or lengths of T. */
static void test_left_out_arrays(void **state)
{
    (void)state;
    struct fixture f = fixture_open(REAL, RNN_TRAINING);
    float y[OUTPUTS], z[OUTPUTS], states[STATES], others[STATES];
    const int32_t full[B] = {T, T};
    double loss, other;
    assert_ok(fixture_forward(&f, f.session, y, full));
    assert_ok(fixture_forward(&f, f.control, NULL, NULL));
    assert_ok(rnn_session_get_state(f.session, RNN_STATE_H, states, STATES));
    assert_ok(rnn_session_get_state(f.control, RNN_STATE_H, others, STATES));
    assert_memory_equal(states, others, sizeof states);
    assert_ok(rnn_backward(f.session, f.out.dx, INPUTS, f.dy, OUTPUTS));
    assert_ok(rnn_backward(f.control, NULL, 0, f.dy, OUTPUTS));
    assert_ok(rnn_step(f.session, y, B * C, f.x, B * I));
    assert_ok(rnn_step(f.control, NULL, 0, f.x, B * I));
    assert_ok(rnn_session_get_state(f.session, RNN_STATE_H, states, STATES));
    assert_ok(rnn_session_get_state(f.control, RNN_STATE_H, others, STATES));
    assert_memory_equal(states, others, sizeof states);
    assert_ok(loss_call_softmax(&loss, z, f.dy, f.targets, full, T, B, C, RNN_SUM));
    assert_ok(loss_call_softmax(&other, NULL, f.dy, f.targets, NULL, T, B, C, RNN_SUM));
    assert_true(loss == other);
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_configuration),      cmocka_unit_test(test_model),
        cmocka_unit_test(test_parameters),         cmocka_unit_test(test_tensor_info_in_parts),
        cmocka_unit_test(test_checkpoints),        cmocka_unit_test(test_session),
        cmocka_unit_test(test_running_on_numbers), cmocka_unit_test(test_running_on_tokens),
        cmocka_unit_test(test_training),           cmocka_unit_test(test_losses),
        cmocka_unit_test(test_other_handles),      cmocka_unit_test(test_left_out_arrays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
