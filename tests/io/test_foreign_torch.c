/* Files as PyTorch writes them (generate_foreign.py): cells, tied tensors, prefixes of wrappers, weight norm, batch
 * norm.  The outputs are PyTorch's.  And what is wrong with such files is found.
 * Linked with --wrap=rnni_memory_take. */
#include "io/foreign_files.h"
#include "support/built_file.h"

#include <stdio.h>
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
    if (prefix)
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

#define GRU                                                                                                            \
    "\"gru.weight_ih_l0\":{\"dtype\":\"F32\",\"shape\":[6,2],\"data_offsets\":[0,48]},"                                \
    "\"gru.weight_hh_l0\":{\"dtype\":\"F32\",\"shape\":[6,2],\"data_offsets\":[48,96]}}"

static void refuse_ties(const char *ties, const char *part)
{
    char header[512] = "{\"__metadata__\":{";
    strcat(strcat(strcat(header, ties), "},"), GRU);
    struct bytes bytes = file_with_header(header, 96);
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

/* Parts in the other order, of names that could mean others, and of a shape or type that is not joined. */
static void test_odd_weight_norm(void **state)
{
    (void)state;
    refuse(RNN_KIND_AFFINE, TENSORS(FEATURES, {"d.bias", 2, 0}, {"d.weight_g", 2, 2}, {"d.weight_v", 2, 3}),
           RNN_E_UNSUPPORTED, "\"d.weight_g\" is part of a weight");
    refuse(RNN_KIND_AFFINE,
           TENSORS(FEATURES, {"d.bias", 2, 0}, {"d.weight_v", 2, 3}, {"d.weight_g", 2, 1}, {"d.weight_g_v", 2, 3},
                   {"d.weight_g_g", 2, 1}),
           RNN_E_UNSUPPORTED, "\"d.weight_g\" is part of a weight");
    static const char *const others[][2] = {
        {"d.xparametrizations.weight.original0", "d.xparametrizations.weight.original1"},
        {"d.weight.original0", "d.weight.original1"},
        {"d.parametrizations.original0", "d.parametrizations.original1"},
        {"d.parametrizations.a.weight.original0", "d.parametrizations.a.weight.original1"}};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        refuse(RNN_KIND_AFFINE, TENSORS(FEATURES, {"d.bias", 2, 0}, {others[i][0], 2, 1}, {others[i][1], 2, 3}),
               RNN_E_FORMAT, "no tensor d.weight");
    /* numbers without a dimension */
    struct bytes bytes = file_with_header("{\"d.weight_g\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4]},"
                                          "\"d.weight_v\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[4,8]}}",
                                          8);
    rnn_model *model = affine(RNN_KIND_AFFINE);
    assert_unused(model, bytes.at, bytes.count, "d.weight_g\nd.weight_v\n");
    assert_fails(rnn_model_load_parameters_memory(model, bytes.at, bytes.count), RNN_E_UNSUPPORTED);
    assert_message("rnn_model_load_parameters_memory: ", "\"d.weight_g\" is part of a weight");
    rnn_destroy(model);
    free(bytes.at);
}

/* A weight or bias that is itself made of two tensors gets no statistics. */
static void test_batch_norm_of_weight_norm(void **state)
{
    (void)state;
#define STATISTICS {"n.running_mean", 3, 0}, {"n.running_var", 3, 0}
    refuse(RNN_KIND_AFFINE, TENSORS(DENSE, {"n.weight_v", 3, 0}, {"n.weight_g", 3, 0}, {"n.bias", 3, 0}, STATISTICS),
           RNN_E_FORMAT, "n.running_mean");
    refuse(RNN_KIND_AFFINE, TENSORS(DENSE, {"n.bias_v", 3, 0}, {"n.bias_g", 3, 0}, {"n.weight", 3, 0}, STATISTICS),
           RNN_E_FORMAT, "n.running_mean");
    rnn_model *model = affine(RNN_KIND_AFFINE); /* without them it is the sign of v times g */
    struct bytes bytes = built_file(TENSORS(DENSE, {"n.weight_v", 3, 0}, {"n.weight_g", 3, 0}, {"n.bias", 3, 0}));
    float weight[3];
    assert_ok(rnn_model_load_parameters_memory(model, bytes.at, bytes.count));
    assert_ok(rnn_model_get_parameter(model, "n.weight", weight, 3));
    for (size_t i = 0; i < 3; i++)
        assert_true(weight[i] == built_value(3, i));
    rnn_destroy(model);
    free(bytes.at);
}

/* A checksum that is not that of the bytes is found in each of the parts, and nothing has changed. */
static void check_damaged_part(const char *damaged)
{
    static const struct {
        const char *name, *shape;
        size_t floats;
    } parts[] = {{"d.weight_v", "2,3", 6}, {"d.weight_g", "2,1", 2},   {"d.bias", "2", 2},       {"n.weight", "3", 3},
                 {"n.bias", "3", 3},       {"n.running_mean", "3", 3}, {"n.running_var", "3", 3}};
    char header[1024], part[64];
    float before[6], after[6];
    size_t used = 0, at = 0;
    used += (size_t)snprintf(header, sizeof header, "{\"__metadata__\":{\"rnn.crc32.%s\":\"00000001\"}", damaged);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        used += (size_t)snprintf(header + used, sizeof header - used,
                                 ",\"%s\":{\"dtype\":\"F32\",\"shape\":[%s],\"data_offsets\":[%zu,%zu]}", parts[i].name,
                                 parts[i].shape, at, at + 4 * parts[i].floats);
        at += 4 * parts[i].floats;
    }
    strcpy(header + used, "}");
    struct bytes bytes = file_with_header(header, at);
    rnn_model *model = affine(RNN_KIND_AFFINE);
    assert_ok(rnn_model_get_parameter(model, "d.weight", before, 6));
    assert_fails(rnn_model_load_parameters_memory(model, bytes.at, bytes.count), RNN_E_FORMAT);
    snprintf(part, sizeof part, "\"%s\"", damaged);
    assert_message("rnn_model_load_parameters_memory: ", part);
    assert_non_null(strstr(rnn_last_error(), "00000001"));
    assert_ok(rnn_model_get_parameter(model, "d.weight", after, 6));
    assert_memory_equal(before, after, sizeof before);
    rnn_destroy(model);
    free(bytes.at);
}

static void test_damaged_parts(void **state)
{
    (void)state;
    static const char *const names[] = {"d.weight_v", "d.weight_g",     "n.weight",
                                        "n.bias",     "n.running_mean", "n.running_var"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        check_damaged_part(names[i]);
}

/* Every allocation fails in its turn: the message says so, and nothing has changed. */
static size_t takes, fail_at;
void *__real_rnni_memory_take(size_t count, size_t size);
void *__wrap_rnni_memory_take(size_t count, size_t size);
void *__wrap_rnni_memory_take(size_t count, size_t size)
{
    return ++takes == fail_at ? NULL : __real_rnni_memory_take(count, size);
}

static void test_memory(void **state)
{
    (void)state;
    rnn_model *model = list_of(RNN_KIND_AFFINE);
    float before[12], after[12];
    int32_t status = RNN_E_MEMORY;
    assert_ok(rnn_model_get_parameter(model, "dense.weight", before, 12));
    for (size_t n = 1; status; n++) {
        takes = 0;
        fail_at = n;
        status = rnn_model_load_parameters_memory(model, foreign_layers.bytes, foreign_layers.count);
        fail_at = 0;
        if (!status)
            break;
        assert_int_equal(status, RNN_E_MEMORY);
        assert_message("rnn_model_load_parameters_memory: ", "out of memory");
        assert_ok(rnn_model_get_parameter(model, "dense.weight", after, 12));
        assert_memory_equal(before, after, sizeof before);
    }
    check_outputs(model, &foreign_layers, 1);
    rnn_destroy(model);
}

/* ---- prefixes ---------------------------------------------------------------------------------------------------- */

/* "module." before all names stays where the network has a name that begins so, and this is told. */
static void check_kept(int32_t key, const char *text)
{
    struct bytes bytes = built_file(TENSORS({"module.weight_ih_l0", 4, 3}, {"module.weight_hh_l0", 4, 4},
                                            {"module.fc.weight", 3, 4}, {"module.fc.bias", 3, 0}));
    rnn_config *config = new_config();
    if (key)
        assert_ok(rnn_config_set_text(config, key, text));
    if (key && strncmp(text, "module.", 7) == 0) {
        assert_fails(rnn_config_infer_memory(config, bytes.at, bytes.count), RNN_E_FORMAT);
        assert_message("rnn_config_infer_memory: ",
                       "no tensor \"weight_ih_l0\"; the file has module.weight_ih_l0: set RNN_PREFIX to \"module.\"");
    } else {
        assert_ok(rnn_config_infer_memory(config, bytes.at, bytes.count));
        assert_option(config, RNN_HIDDEN_SIZE, 4);
        assert_option(config, RNN_CLASSES, key == RNN_HEAD_NAME ? 3 : 0);
    }
    rnn_config_destroy(config);
    free(bytes.at);
}

static void test_prefixes_of_one_name(void **state)
{
    (void)state;
    check_kept(0, NULL);
    check_kept(RNN_HEAD_NAME, "fc.");
    check_kept(RNN_HEAD_NAME, "module.fc.");
    check_kept(RNN_EMBEDDING_NAME, "module.table.");
}

/* A network with a CRF whose transitions alone begin so: the other names are looked for as they are in the file. */
static void test_prefix_of_transitions(void **state)
{
    (void)state;
    for (int wrapped = 0; wrapped <= 1; wrapped++) {
        struct bytes bytes = built_file(
            TENSORS({"module.weight_ih_l0", 4, 3}, {"module.weight_hh_l0", 4, 4}, {"module.head.weight", 3, 4},
                    {"module.head.bias", 3, 0}, {"module.tags.transitions", 3, 3},
                    {"module.tags.start_transitions", 3, 0}, {"module.tags.end_transitions", 3, 0}));
        load_tagger(NULL, wrapped ? "module.tags." : "tags.", 3, bytes, 4,
                    wrapped ? "set RNN_PREFIX to \"module.\"" : NULL);
    }
}

/* A list of layers, one of which has no names and one a name that begins so, or none. */
static void test_prefixes_of_layers(void **state)
{
    (void)state;
    for (int wrapped = 0; wrapped <= 1; wrapped++) {
        struct bytes bytes =
            built_file(TENSORS({"module.d.weight", 2, 3}, {"module.d.bias", 2, 0}, {"module.odd", 1, 0}));
        rnn_config *config = new_config();
        rnn_model *model;
        float weight[6];
        set(config, RNN_INPUT_SIZE, 3);
        add_layer(config, RNN_KIND_DROPOUT, NULL, 0);
        assert_ok(rnn_config_set_layer_real(config, 0, RNN_DROPOUT, 0.5));
        add_layer(config, RNN_KIND_DENSE, wrapped ? "module.d." : "d.", 2);
        assert_ok(rnn_create(&model, config));
        assert_ok(rnn_model_load_parameters_memory(model, bytes.at, bytes.count));
        assert_ok(rnn_model_get_parameter(model, wrapped ? "module.d.weight" : "d.weight", weight, 6));
        for (size_t i = 0; i < 6; i++)
            assert_true(weight[i] == built_value(0, i));
        assert_unused(model, bytes.at, bytes.count, "module.odd\n");
        rnn_destroy(model);
        rnn_config_destroy(config);
        free(bytes.at);
    }
}

/* A tie of a wrapped module, and a note between two tensors that the file has. */
static void test_wrapped_ties(void **state)
{
    (void)state;
    struct bytes bytes =
        file_with_header("{\"__metadata__\":{\"module.head.weight\":\"module.embedding.weight\","
                         "\"module.weight_hh_l0\":\"module.embedding.weight\",\"writer\":\"somebody\"},"
                         "\"module.embedding.weight\":{\"dtype\":\"F32\",\"shape\":[3,2],\"data_offsets\":[0,24]},"
                         "\"module.weight_ih_l0\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[24,40]},"
                         "\"module.weight_hh_l0\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[40,56]}}",
                         56);
    const unsigned char one[] = {0, 0, 0x80, 0x3F}; /* 1.0f */
    rnn_config *config = new_config();
    rnn_model *model;
    float head[6], recurrent[4];
    memcpy(bytes.at + bytes.count - 56 + 4 * 3, one, 4); /* element 3 of the table */
    assert_ok(rnn_config_infer_memory(config, bytes.at, bytes.count));
    assert_option(config, RNN_CLASSES, 3);
    assert_ok(rnn_create(&model, config));
    assert_ok(rnn_model_load_parameters_memory(model, bytes.at, bytes.count));
    assert_ok(rnn_model_get_parameter(model, "head.weight", head, 6));
    assert_ok(rnn_model_get_parameter(model, "weight_hh_l0", recurrent, 4));
    for (size_t i = 0; i < 6; i++)
        assert_true(head[i] == (i == 3 ? 1.0f : 0.0f));
    for (size_t i = 0; i < 4; i++)
        assert_true(recurrent[i] == 0);
    rnn_destroy(model);
    rnn_config_destroy(config);
    free(bytes.at);
}

/* ---- tensors that are not used ----------------------------------------------------------------------------------- */

static void test_unused_tensors(void **state)
{
    (void)state;
    struct bytes bytes = built_file(TENSORS(DENSE, FEATURES, {"head.weight", 4, 2}, {"head.bias", 4, 0},
                                            {"n.running_mean", 3, 0}, {"odd\nname", 1, 0}, {"del\177", 1, 0}));
    rnn_model *model = affine(RNN_KIND_AFFINE);
    char text[64] = "unchanged";
    size_t size = 0;
    assert_unused(model, bytes.at, bytes.count, "head.weight\nhead.bias\nn.running_mean\nodd?name\ndel?\n");
    assert_ok(rnn_model_unused_tensors_memory(model, bytes.at, bytes.count, NULL, 0, &size));
    assert_fails(rnn_model_unused_tensors_memory(model, bytes.at, bytes.count, text, size - 1, &size), RNN_E_SIZE);
    assert_string_equal(text, "unchanged");
    assert_int_equal(size, strlen("head.weight\nhead.bias\nn.running_mean\nodd?name\ndel?\n") + 1);
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
        cmocka_unit_test(test_odd_weight_norm),
        cmocka_unit_test(test_batch_norm_of_weight_norm),
        cmocka_unit_test(test_damaged_parts),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_prefixes_of_one_name),
        cmocka_unit_test(test_prefix_of_transitions),
        cmocka_unit_test(test_prefixes_of_layers),
        cmocka_unit_test(test_wrapped_ties),
        cmocka_unit_test(test_unused_tensors),
        cmocka_unit_test(test_an_unused_head),
        cmocka_unit_test(test_a_note_of_ours_is_no_tie),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
