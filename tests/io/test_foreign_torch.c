/* Files as PyTorch writes them (generate_foreign.py): cells, tied tensors, prefixes of wrappers, weight norm, batch
 * norm.  The outputs are PyTorch's.  And what is wrong with such files is found. */
#include "io/foreign_files.h"
#include "support/built_file.h"

#include <stdlib.h>
#include <string.h>

/* ---- outputs ----------------------------------------------------------------------------------------------------- */

static void check_outputs(rnn_model *model, const struct foreign_file *file, int tokens)
{
    rnn_session *session;
    float y[64];
    assert_true(file->y_count <= 64);
    assert_ok(rnn_session_create(&session, model, RNN_INFERENCE));
    if (tokens)
        assert_ok(rnn_forward_tokens(session, y, file->y_count, foreign_tokens, FOREIGN_STEPS, NULL, 0, FOREIGN_STEPS));
    else
        assert_ok(rnn_forward(session, y, file->y_count, foreign_x, sizeof foreign_x / sizeof *foreign_x, NULL, 0,
                              FOREIGN_STEPS));
    for (size_t i = 0; i < file->y_count; i++)
        assert_close(y[i], (double)file->y[i], 2e-6);
    rnn_session_destroy(session);
}

static void assert_unused(const rnn_model *model, const void *bytes, size_t count, const char *expected)
{
    char text[256];
    size_t size = 0;
    assert_ok(rnn_model_unused_tensors_memory(model, bytes, count, text, sizeof text, &size));
    assert_string_equal(text, expected);
    assert_int_equal(size, strlen(expected) + 1);
}

/* The file tells the network, loads, has no tensor left over, and gives PyTorch's outputs. */
static rnn_model *check_file(const struct foreign_file *file, const char *prefix, int tokens)
{
    rnn_config *config = new_config();
    rnn_model *model;
    assert_ok(rnn_config_set_text(config, RNN_PREFIX, prefix));
    assert_ok(rnn_config_infer_memory(config, file->bytes, file->count));
    assert_ok(rnn_create(&model, config));
    assert_ok(rnn_model_load_parameters_memory(model, file->bytes, file->count));
    assert_unused(model, file->bytes, file->count, "");
    check_outputs(model, file, tokens);
    rnn_config_destroy(config);
    return model;
}

static void test_cells(void **state)
{
    (void)state;
    rnn_destroy(check_file(&foreign_LSTMCell, "", 0));
    rnn_destroy(check_file(&foreign_GRUCell, "", 0));
    rnn_destroy(check_file(&foreign_RNNCell, "", 0));
}

static void test_tied_tensors(void **state)
{
    (void)state;
    rnn_model *model = check_file(&foreign_tied, "gru.", 1);
    float table[20], head[20];
    assert_ok(rnn_model_get_parameter(model, "embedding.weight", table, 20));
    assert_ok(rnn_model_get_parameter(model, "head.weight", head, 20));
    assert_memory_equal(table, head, sizeof table);
    rnn_destroy(model);
}

static void test_wrapped_modules(void **state)
{
    (void)state;
    rnn_destroy(check_file(&foreign_wrapped, "", 0));
    rnn_destroy(check_file(&foreign_wrapped, "_orig_mod.module.", 0)); /* where the caller knows of them */
    rnn_destroy(check_file(&foreign_wrapped, "module._orig_mod.module.", 0));
}

static void test_weight_norm(void **state)
{
    (void)state;
    rnn_destroy(check_file(&foreign_weight_norm, "", 0));
    rnn_destroy(check_file(&foreign_parametrized, "", 0));
}

/* ---- lists of layers --------------------------------------------------------------------------------------------- */

static void add_layer(rnn_config *config, int32_t kind, const char *prefix, int64_t outputs)
{
    size_t layer;
    assert_ok(rnn_config_add_layer(config, &layer, kind));
    assert_ok(rnn_config_set_layer_text(config, layer, RNN_PREFIX, prefix));
    if (outputs)
        assert_ok(rnn_config_set_layer_int(config, layer, RNN_OUTPUT_SIZE, outputs));
    if (kind == RNN_KIND_CONV1D)
        assert_ok(rnn_config_set_layer_int(config, layer, RNN_KERNEL_SIZE, 3));
}

static rnn_model *list_of(int32_t norm)
{
    rnn_config *config = new_config();
    rnn_model *model;
    set(config, RNN_VOCABULARY, 5);
    add_layer(config, RNN_KIND_EMBEDDING, "table.", 4);
    add_layer(config, RNN_KIND_CONV1D, "conv.", 6);
    add_layer(config, norm, "norm.", 0);
    add_layer(config, norm, "plain.", 0);
    add_layer(config, RNN_KIND_DENSE, "dense.", 2);
    assert_ok(rnn_create(&model, config));
    rnn_config_destroy(config);
    return model;
}

static void test_layers(void **state)
{
    (void)state;
    rnn_model *model = list_of(RNN_KIND_AFFINE);
    assert_ok(rnn_model_load_parameters_memory(model, foreign_layers.bytes, foreign_layers.count));
    assert_unused(model, foreign_layers.bytes, foreign_layers.count, "");
    check_outputs(model, &foreign_layers, 1);
    rnn_destroy(model);
}

/* Another layer of that name does not get the statistics, and they are not passed over. */
static void test_batch_norm_of_another_layer(void **state)
{
    (void)state;
    rnn_model *model = list_of(RNN_KIND_LAYER_NORM);
    assert_fails(rnn_model_load_parameters_memory(model, foreign_layers.bytes, foreign_layers.count), RNN_E_FORMAT);
    assert_message("rnn_model_load_parameters_memory: ", "plain.weight");
    rnn_destroy(model);
}

/* ---- what is wrong ----------------------------------------------------------------------------------------------- */

static rnn_model *affine(int32_t kind)
{
    rnn_config *config = new_config();
    rnn_model *model;
    set(config, RNN_INPUT_SIZE, 3);
    add_layer(config, kind, "n.", 0);
    add_layer(config, RNN_KIND_DENSE, "d.", 2);
    assert_ok(rnn_create(&model, config));
    rnn_config_destroy(config);
    return model;
}

static void refuse(int32_t kind, const struct tensor *tensors, int32_t status, const char *part)
{
    rnn_model *model = affine(kind);
    struct bytes bytes = built_file(tensors);
    float before[6], after[6];
    assert_ok(rnn_model_get_parameter(model, "d.weight", before, 6));
    assert_fails(rnn_model_load_parameters_memory(model, bytes.at, bytes.count), status);
    assert_message("rnn_model_load_parameters_memory: ", part);
    assert_ok(rnn_model_get_parameter(model, "d.weight", after, 6));
    assert_memory_equal(before, after, sizeof before);
    free(bytes.at);
    rnn_destroy(model);
}

#define DENSE                                                                                                          \
    {"d.weight", 2, 3},                                                                                                \
    {                                                                                                                  \
        "d.bias", 2, 0                                                                                                 \
    }
#define FEATURES                                                                                                       \
    {"n.weight", 3, 0},                                                                                                \
    {                                                                                                                  \
        "n.bias", 3, 0                                                                                                 \
    }

static void test_faulty_batch_norm(void **state)
{
    (void)state;
    refuse(RNN_KIND_AFFINE, TENSORS(DENSE, FEATURES, {"n.running_mean", 3, 0}), RNN_E_FORMAT, "n.running_mean");
    refuse(RNN_KIND_AFFINE, TENSORS(DENSE, FEATURES, {"n.running_var", 3, 0}), RNN_E_FORMAT, "n.running_var");
    refuse(RNN_KIND_AFFINE, TENSORS(DENSE, FEATURES, {"n.num_batches_tracked", 1, 0}), RNN_E_FORMAT, "n.num_batches");
    refuse(RNN_KIND_AFFINE, TENSORS(DENSE, FEATURES, {"n.running_mean", 2, 0}, {"n.running_var", 3, 0}), RNN_E_FORMAT,
           "\"n.running_mean\" has shape [2], expected [3]");
    refuse(RNN_KIND_AFFINE, TENSORS(DENSE, {"n.running_mean", 4, 0}, {"n.running_var", 4, 0}), RNN_E_FORMAT,
           "has shape [4], expected [3]");
    refuse(RNN_KIND_LAYER_NORM, TENSORS(DENSE, FEATURES, {"n.running_mean", 3, 0}, {"n.running_var", 3, 0}),
           RNN_E_FORMAT, "n.running_mean");
}

static void test_faulty_weight_norm(void **state)
{
    (void)state;
    refuse(RNN_KIND_AFFINE, TENSORS(FEATURES, {"d.weight_v", 2, 3}, {"d.bias", 2, 0}), RNN_E_UNSUPPORTED,
           "\"d.weight_v\" is part of a weight");
    refuse(RNN_KIND_AFFINE, TENSORS(FEATURES, {"d.weight_g", 3, 1}, {"d.weight_v", 2, 3}, {"d.bias", 2, 0}),
           RNN_E_UNSUPPORTED, "\"d.weight_g\" is part of a weight");
    refuse(RNN_KIND_AFFINE, TENSORS(FEATURES, {"d.weight_g", 2, 1}, {"d.weight_v", 2, 4}, {"d.bias", 2, 0}),
           RNN_E_FORMAT, "\"d.weight_v\" has shape [2,4], expected [2,3]");
    refuse(RNN_KIND_AFFINE,
           TENSORS(FEATURES, {"d.parametrizations.weight.original", 2, 3}, {"d.parametrizations.weight.0._u", 2, 0},
                   {"d.bias", 2, 0}),
           RNN_E_UNSUPPORTED, "d.parametrizations.weight.");
    refuse(RNN_KIND_AFFINE, TENSORS(FEATURES, DENSE, {"d.weight_g", 2, 1}, {"d.weight_v", 2, 3}), RNN_E_UNSUPPORTED,
           "\"d.weight_g\" is part of a weight");
    refuse(RNN_KIND_AFFINE,
           TENSORS(FEATURES, {"d.bias", 2, 0}, {"d.weight_g", 2, 1}, {"d.weight_v", 2, 3},
                   {"d.parametrizations.weight.original0", 2, 1}, {"d.parametrizations.weight.original1", 2, 3}),
           RNN_E_FORMAT, "d.weight");
}

/* A header of one's own, with zeros for data. */
static struct bytes with_header(const char *header, size_t data)
{
    size_t length = strlen(header);
    struct bytes bytes = {calloc(8 + length + data, 1), 8 + length + data};
    assert_non_null(bytes.at);
    bytes.at[0] = (unsigned char)length;
    bytes.at[1] = (unsigned char)(length >> 8);
    memcpy(bytes.at + 8, header, length);
    return bytes;
}

#define GRU                                                                                                            \
    "\"gru.weight_ih_l0\":{\"dtype\":\"F32\",\"shape\":[6,2],\"data_offsets\":[0,48]},"                                \
    "\"gru.weight_hh_l0\":{\"dtype\":\"F32\",\"shape\":[6,2],\"data_offsets\":[48,96]}}"

static void refuse_ties(const char *ties, const char *part)
{
    char header[512] = "{\"__metadata__\":{";
    strcat(strcat(strcat(header, ties), "},"), GRU);
    struct bytes bytes = with_header(header, 96);
    rnn_config *config = new_config();
    rnn_model *model;
    assert_ok(rnn_config_set_text(config, RNN_PREFIX, "gru."));
    assert_fails(rnn_config_infer_memory(config, bytes.at, bytes.count), RNN_E_FORMAT);
    assert_message("rnn_config_infer_memory: ", part);
    set(config, RNN_CELL, RNN_CELL_GRU);
    set(config, RNN_INPUT_SIZE, 2);
    set(config, RNN_HIDDEN_SIZE, 2);
    set(config, RNN_BIAS, 0);
    set(config, RNN_CLASSES, 3);
    assert_ok(rnn_create(&model, config));
    assert_fails(rnn_model_load_parameters_memory(model, bytes.at, bytes.count), RNN_E_FORMAT);
    assert_message("rnn_model_load_parameters_memory: ", part);
    rnn_destroy(model);
    rnn_config_destroy(config);
    free(bytes.at);
}

static void test_faulty_ties(void **state)
{
    (void)state;
    refuse_ties("\"head.weight\":\"table.weight\"", "ties it to \"table.weight\", which is no tensor of the file");
    refuse_ties("\"head.weight\":\"a\",\"a\":\"head.weight\"", "ties it to \"a\"");
    refuse_ties("\"head.weight\":\"head.weight\"", "ties it to \"head.weight\"");
}

/* ---- tensors that are not used ----------------------------------------------------------------------------------- */

static void test_unused_tensors(void **state)
{
    (void)state;
    struct bytes bytes = built_file(TENSORS(DENSE, FEATURES, {"head.weight", 4, 2}, {"head.bias", 4, 0},
                                            {"n.running_mean", 3, 0}, {"odd\nname", 1, 0}));
    rnn_model *model = affine(RNN_KIND_AFFINE);
    char text[64] = "unchanged";
    size_t size = 0;
    assert_unused(model, bytes.at, bytes.count, "head.weight\nhead.bias\nn.running_mean\nodd?name\n");
    assert_ok(rnn_model_unused_tensors_memory(model, bytes.at, bytes.count, NULL, 0, &size));
    assert_fails(rnn_model_unused_tensors_memory(model, bytes.at, bytes.count, text, size - 1, &size), RNN_E_SIZE);
    assert_string_equal(text, "unchanged");
    assert_int_equal(size, strlen("head.weight\nhead.bias\nn.running_mean\nodd?name\n") + 1);
    assert_fails(rnn_model_unused_tensors_memory(model, bytes.at, bytes.count - 1, text, sizeof text, &size),
                 RNN_E_FORMAT);
    assert_message("rnn_model_unused_tensors_memory: ", "bytes");
    assert_fails(rnn_model_unused_tensors(model, "no such file", text, sizeof text, &size), RNN_E_IO);
    free(bytes.at);
    bytes = built_file(TENSORS(DENSE, FEATURES, {"head.weight", 4, 2})); /* which is of none of its layers */
    assert_ok(rnn_model_load_parameters_memory(model, bytes.at, bytes.count));
    rnn_destroy(model);
    free(bytes.at);
}

/* A network without a head, of a file with a tied one; and names as they are in the file. */
static void test_an_unused_head(void **state)
{
    (void)state;
    rnn_config *config = new_config();
    rnn_model *model;
    set(config, RNN_CELL, RNN_CELL_GRU);
    set(config, RNN_VOCABULARY, 5);
    set(config, RNN_EMBEDDING_SIZE, 4);
    set(config, RNN_HIDDEN_SIZE, 4);
    assert_ok(rnn_config_set_text(config, RNN_PREFIX, "gru."));
    assert_ok(rnn_create(&model, config));
    assert_unused(model, foreign_tied.bytes, foreign_tied.count, "head.weight\n");
    assert_unused(model, foreign_LSTMCell.bytes, foreign_LSTMCell.count, "bias_hh\nbias_ih\nweight_hh\nweight_ih\n");
    rnn_destroy(model);
    rnn_config_destroy(config);
}

/* A note of ours whose value is the name of a tensor ties nothing. */
static void test_a_note_of_ours_is_no_tie(void **state)
{
    (void)state;
    rnn_model *model = affine(RNN_KIND_AFFINE);
    const char *name;
    size_t size;
    assert_ok(rnn_model_tensor_info(model, 0, &name, NULL, NULL, 0, NULL));
    assert_ok(rnn_model_set_metadata(model, "best", name));
    assert_ok(rnn_save_memory(model, NULL, 0, &size));
    void *bytes = malloc(size);
    assert_non_null(bytes);
    assert_ok(rnn_save_memory(model, bytes, size, &size));
    assert_unused(model, bytes, size, "");
    assert_ok(rnn_model_load_parameters_memory(model, bytes, size));
    free(bytes);
    rnn_destroy(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cells),
        cmocka_unit_test(test_tied_tensors),
        cmocka_unit_test(test_wrapped_modules),
        cmocka_unit_test(test_weight_norm),
        cmocka_unit_test(test_layers),
        cmocka_unit_test(test_batch_norm_of_another_layer),
        cmocka_unit_test(test_faulty_batch_norm),
        cmocka_unit_test(test_faulty_weight_norm),
        cmocka_unit_test(test_faulty_ties),
        cmocka_unit_test(test_unused_tensors),
        cmocka_unit_test(test_an_unused_head),
        cmocka_unit_test(test_a_note_of_ours_is_no_tie),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
