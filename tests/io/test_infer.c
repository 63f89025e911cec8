/* rnn_config_infer accounts for every tensor of the layers: a file of another network is refused, and where a name is
 * wrong the message has the right one. */
#include "support/built_file.h"

#include "io/safetensors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LENGTH(array) (sizeof(array) / sizeof *(array))

/* ---- weights in parts -------------------------------------------------------------------------------------------- */

static void test_weight_norm(void **state)
{
    (void)state;
    /* torch.nn.utils.weight_norm(LSTM(3, 6), "weight_hh_l0", dim) of dimension 1 and of none, and half of it */
    refuse_to_infer(TENSORS({"weight_ih_l0", 24, 3}, {"bias_ih_l0", 24, 0}, {"bias_hh_l0", 24, 0},
                            {"weight_hh_l0_g", 1, 6}, {"weight_hh_l0_v", 24, 6}),
                    RNN_E_UNSUPPORTED,
                    "\"weight_hh_l0_g\" is part of a weight; only weight norm over dimension 0, g [rows,1] and v "
                    "[rows,columns], is joined: call torch.nn.utils.remove_weight_norm or "
                    "parametrize.remove_parametrizations before saving");
    refuse_to_infer(TENSORS({"weight_hh_l0", 24, 6}, {"bias_ih_l0", 24, 0}, {"bias_hh_l0", 24, 0},
                            {"weight_ih_l0_g", 24, 0}, {"weight_ih_l0_v", 24, 3}),
                    RNN_E_UNSUPPORTED, "\"weight_ih_l0_g\" is part of a weight");
    refuse_to_infer(TENSORS({"weight_ih_l0", 24, 3}, {"weight_hh_l0_v", 24, 6}), RNN_E_UNSUPPORTED,
                    "\"weight_hh_l0_v\" is part of a weight");
    refuse_to_infer(TENSORS({"weight_ih_l0", 24, 3}, {"weight_hh_l0_g", 24, 1}), RNN_E_UNSUPPORTED,
                    "\"weight_hh_l0_g\" is part of a weight");
    /* torch.nn.utils.parametrizations.weight_norm */
    refuse_to_infer(TENSORS({"weight_ih_l0", 24, 3}, {"bias_ih_l0", 24, 0}, {"bias_hh_l0", 24, 0},
                            {"parametrizations.weight_hh_l0.original0", 23, 1},
                            {"parametrizations.weight_hh_l0.original1", 24, 6}),
                    RNN_E_UNSUPPORTED, "parametrize.remove_parametrizations before saving");
    refuse_to_infer(TENSORS({"weight_ih_l0", 24, 3}, {"weight_hh_l0", 24, 6}, {"bias_hh_l0", 24, 0},
                            {"parametrizations.bias_ih_l0.original", 24, 0}),
                    RNN_E_UNSUPPORTED, "parametrizations.bias_ih_l0.original");
    /* spectral norm, pruning */
    refuse_to_infer(TENSORS({"weight_ih_l0", 24, 3}, {"weight_hh_l0_orig", 24, 6}, {"weight_hh_l0_u", 24, 0}),
                    RNN_E_UNSUPPORTED, "weight_hh_l0_orig");
    refuse_to_infer(TENSORS({"weight_ih_l0", 24, 3}, {"weight_hh_l0_mask", 24, 6}), RNN_E_UNSUPPORTED, "_mask");
}

/* What others have under other names is theirs. */
static void test_weight_norm_of_others(void **state)
{
    (void)state;
    rnn_config *config = new_config();
    assert_ok(rnn_config_set_text(config, RNN_PREFIX, "a."));
    check_inferred(config,
                   TENSORS({"other.weight_hh_l0_g", 8, 1}, {"other.parametrizations.weight_ih_l0.original0", 8, 1},
                           {"a.weight_ih_l0", 4, 3}, {"a.weight_hh_l0", 4, 4}),
                   (struct inferred){.cell = RNN_CELL_TANH, .inputs = 3, .hidden = 4, .layers = 1, .direction = 1});
}

static void test_weight_norm_over_columns_is_not_loaded(void **state)
{
    (void)state;
    rnn_config *config = new_config();
    rnn_model *model;
    set(config, RNN_INPUT_SIZE, 3);
    set(config, RNN_HIDDEN_SIZE, 4);
    set(config, RNN_BIAS, 0);
    assert_ok(rnn_create(&model, config));
    struct bytes bytes =
        built_file(TENSORS({"weight_ih_l0", 4, 3}, {"weight_hh_l0_g", 1, 4}, {"weight_hh_l0_v", 4, 4}));
    assert_fails(rnn_model_load_parameters_memory(model, bytes.at, bytes.count), RNN_E_UNSUPPORTED);
    assert_message("rnn_model_load_parameters_memory: \"weight_hh_l0_g\"", "remove_weight_norm");
    free(bytes.at);
    rnn_destroy(model);
    rnn_config_destroy(config);
}

/* ---- layers that do not go together ------------------------------------------------------------------------------ */

#define TANH(suffix)                                                                                                   \
    {"weight_ih_" suffix, 4, 4},                                                                                       \
    {                                                                                                                  \
        "weight_hh_" suffix, 4, 4                                                                                      \
    }
#define WIDE(suffix)                                                                                                   \
    {"weight_ih_" suffix, 4, 8},                                                                                       \
    {                                                                                                                  \
        "weight_hh_" suffix, 4, 4                                                                                      \
    }
#define LSTM(suffix)                                                                                                   \
    {"weight_ih_" suffix, 16, 4},                                                                                      \
    {                                                                                                                  \
        "weight_hh_" suffix, 16, 4                                                                                     \
    }
#define BIASES(suffix, rows)                                                                                           \
    {"bias_ih_" suffix, rows, 0},                                                                                      \
    {                                                                                                                  \
        "bias_hh_" suffix, rows, 0                                                                                     \
    }

static void test_layers_and_directions(void **state)
{
    (void)state;
    const int32_t status = RNN_E_FORMAT;
    refuse_to_infer(TENSORS(TANH("l0"), TANH("l2")), status, "\"weight_ih_l2\", but");
    refuse_to_infer(TENSORS(TANH("l0"), TANH("l1"), TANH("l3"), TANH("l4")), status, "l3");
    refuse_to_infer(TENSORS(TANH("l1")), status, "no tensor \"weight_ih_l0\"");
    refuse_to_infer(TENSORS(TANH("l0"), TANH("l1_reverse")), status, "l1_reverse");
    refuse_to_infer(TENSORS(TANH("l0"), TANH("l0_reverse"), WIDE("l1")), status, "no tensor \"weight_ih_l1_reverse\"");
    refuse_to_infer(TENSORS(TANH("l0_reverse"), TANH("l1")), status, "\"weight_ih_l1\", but");
    refuse_to_infer(TENSORS(TANH("l0"), {"weight_ih_l0_reverse", 4, 4}), status, "\"weight_hh_l0_reverse\", which");
    refuse_to_infer(TENSORS(TANH("l0"), {"weight_hh_l0_reverse", 4, 4}), status, "weight_hh_l0_reverse");
    refuse_to_infer(TENSORS(TANH("l0"), {"weight_ih_l0_reverse", 4, 5}, {"weight_hh_l0_reverse", 4, 4}), status,
                    "rows of \"weight_ih_l0_reverse\" have 5");
    refuse_to_infer(TENSORS(TANH("l0"), {"weight_ih_l0_reverse", 8, 4}, {"weight_hh_l0_reverse", 8, 4}), status,
                    "\"weight_ih_l0_reverse\" has 8 rows");
    refuse_to_infer(TENSORS(TANH("l0"), {"weight_ih_l1", 4, 4}), status, "no tensor \"weight_hh_l1\"");
    refuse_to_infer(TENSORS({"weight_ih_l0", 10, 4}, {"weight_hh_l0", 8, 4}), status,
                    "inconsistent shapes: \"weight_ih_l0\" [10,4], weight_hh [8,4], weight_hr absent");
    refuse_to_infer(TENSORS({"weight_ih_l0", 8, 4}, {"weight_hh_l1", 8, 4}), status, "weight_hh_l1");
}

static void test_parts_that_some_layers_have(void **state)
{
    (void)state;
    const int32_t status = RNN_E_FORMAT;
    refuse_to_infer(TENSORS(TANH("l0"), TANH("l1"), BIASES("l0", 4)), status, "no tensor \"bias_ih_l1\"");
    refuse_to_infer(TENSORS(TANH("l0"), TANH("l1"), BIASES("l1", 4)), status, "bias_ih_l1");
    refuse_to_infer(TENSORS(TANH("l0"), TANH("l0_reverse"), BIASES("l0", 4)), status, "bias_ih_l0_reverse");
    refuse_to_infer(TENSORS(TANH("l0"), {"bias_ih_l0", 4, 0}), status, "no tensor \"bias_hh_l0\"");
    refuse_to_infer(TENSORS(TANH("l0"), {"bias_hh_l0", 4, 0}), status, "bias_hh_l0");
    refuse_to_infer(TENSORS({"weight_ih_l0", 8, 4}, BIASES("l0", 8)), status, "bias_hh_l0"); /* no minGRU has one */
    refuse_to_infer(TENSORS(LSTM("l0"), LSTM("l1"), {"weight_hr_l1", 4, 4}), status, "weight_hr_l1");
    refuse_to_infer(TENSORS(LSTM("l0"), LSTM("l1"), {"weight_hr_l0", 4, 4}), status, "no tensor \"weight_hr_l1\"");
    refuse_to_infer(TENSORS(LSTM("l0"), LSTM("l1"), {"peephole_l0", 12, 0}), status, "no tensor \"peephole_l1\"");
    refuse_to_infer(TENSORS(LSTM("l0"), LSTM("l1"), {"peephole_l1", 12, 0}), status, "peephole_l1");
    refuse_to_infer(TENSORS(TANH("l0"), {"peephole_l0", 12, 0}), status, "peephole_l0");
    refuse_to_infer(TENSORS(LSTM("l0"), {"norm_ih_l0", 16, 0}, {"norm_hh_l0", 16, 0}), status, "\"norm_c_l0\"");
    refuse_to_infer(TENSORS(LSTM("l0"), {"norm_hh_l0", 16, 0}), status, "norm_hh_l0");
    refuse_to_infer(TENSORS(TANH("l0"), {"norm_ih_l0", 4, 0}, {"norm_hh_l0", 4, 0}), status, "norm_ih_l0");
    refuse_to_infer(TENSORS({"weight_ih_l0", 12, 4}, {"weight_hh_l0", 12, 4}, {"norm_ih_l0", 12, 0},
                            {"norm_hh_l0", 12, 0}, {"norm_c_l0", 4, 0}),
                    status, "norm_c_l0");
}

static void test_names_that_no_network_has(void **state)
{
    (void)state;
    static const char *const names[] = {"weight_ih_l00",
                                        "weight_ih_l",
                                        "weight_ih_l0_rev",
                                        "weight_ic_l0",
                                        "bias_l0",
                                        "weight_ih_l0.weight",
                                        "norm_final",
                                        "peephole_0",
                                        "weight_ih_l99999999999999999999",
                                        "weight_ih_l-1",
                                        "weight_ih_l0_reverse_reverse",
                                        "bias_ih_l1024",
                                        "head.0.weight",
                                        "head.scale",
                                        "head.bias",
                                        "embedding.bias",
                                        "embedding.scale",
                                        "parametrizations.other"};
    for (size_t i = 0; i < LENGTH(names); i++) {
        char part[64];
        snprintf(part, sizeof part, "the file has \"%s\"", names[i]);
        refuse_to_infer(TENSORS(TANH("l0"), {names[i], 4, 0}), RNN_E_FORMAT, part);
    }
}

/* ---- what the names tell besides --------------------------------------------------------------------------------- */

static void check_parts(const struct tensor *tensors, struct inferred inferred, int64_t peepholes, int64_t layer_norm)
{
    for (int64_t before = 0; before < 2; before++) { /* whatever the configuration had */
        rnn_config *config = new_config();
        struct bytes bytes = built_file(tensors);
        set(config, RNN_PEEPHOLES, before);
        set(config, RNN_LAYER_NORM, before);
        assert_ok(rnn_config_infer_memory(config, bytes.at, bytes.count));
        assert_option(config, RNN_PEEPHOLES, peepholes);
        assert_option(config, RNN_LAYER_NORM, layer_norm);
        free(bytes.at);
        check_inferred(config, tensors, inferred);
    }
}

static void test_peepholes_and_norms(void **state)
{
    (void)state;
    struct inferred lstm = {.cell = RNN_CELL_LSTM, .inputs = 4, .hidden = 4, .layers = 1, .direction = 1};
    struct inferred gru = {.cell = RNN_CELL_GRU, .inputs = 4, .hidden = 4, .layers = 1, .direction = 1};
    check_parts(TENSORS(LSTM("l0")), lstm, 0, 0);
    check_parts(TENSORS(LSTM("l0"), {"peephole_l0", 12, 0}), lstm, 1, 0);
    check_parts(TENSORS(LSTM("l0"), {"norm_ih_l0", 16, 0}, {"norm_hh_l0", 16, 0}, {"norm_c_l0", 4, 0},
                        {"norm_c_bias_l0", 4, 0}),
                lstm, 0, 1);
    check_parts(TENSORS({"weight_ih_l0", 12, 4}, {"weight_hh_l0", 12, 4}, {"norm_ih_l0", 12, 0}, {"norm_hh_l0", 12, 0}),
                gru, 0, 1);
}

/* ---- librnn's own networks without their metadata ---------------------------------------------------------------- */

/* The file without __metadata__ and without tensor number `without`, or with the name of that one changed. */
static struct bytes rewritten(const struct rnni_safetensors *file, size_t without, const char *suffix)
{
    static float values[64][512];
    static size_t shapes[64][RNNI_SAFETENSORS_RANK];
    static char name[256];
    struct rnni_safetensors_source sources[64];
    size_t count = 0;
    assert_true(file->tensor_count <= 64);
    for (size_t i = 0; i < file->tensor_count; i++) {
        const struct rnni_safetensors_tensor *tensor = &file->tensors[i];
        if (i == without && !suffix)
            continue;
        assert_true(tensor->end - tensor->begin <= sizeof values[i]);
        assert_ok(rnni_safetensors_read_floats(values[i], file, tensor, "test"));
        for (size_t k = 0; k < tensor->rank; k++)
            shapes[i][k] = (size_t)tensor->shape[k];
        sources[count] = (struct rnni_safetensors_source){tensor->name, shapes[i], tensor->rank, values[i]};
        if (i == without) {
            snprintf(name, sizeof name, "%s%s", tensor->name, suffix);
            sources[count].name = name;
        }
        count++;
    }
    struct rnni_safetensors_content content = {.tensors = sources, .tensor_count = count};
    struct bytes bytes;
    assert_ok(rnni_safetensors_size(&bytes.count, &content, "test"));
    bytes.at = malloc(bytes.count);
    assert_non_null(bytes.at);
    rnni_safetensors_write(bytes.at, &content);
    return bytes;
}

static void keep_choices(rnn_config *to, const rnn_model *model)
{
    static const int32_t keys[] = {RNN_CELL, RNN_COUPLE, RNN_MERGE, RNN_VOCABULARY};
    for (size_t i = 0; i < LENGTH(keys); i++) {
        int64_t value;
        assert_ok(rnn_model_get_int(model, keys[i], &value));
        set(to, keys[i], value);
    }
}

/* What is inferred can be made and takes the file: 1; or it is refused: 0. */
static int fits(struct bytes bytes, const rnn_model *model, int equal)
{
    rnn_config *config = new_config();
    rnn_model *made;
    keep_choices(config, model);
    int32_t status = rnn_config_infer_memory(config, bytes.at, bytes.count);
    if (!status) {
        assert_ok(rnn_create(&made, config));
        assert_ok(rnn_model_load_parameters_memory(made, bytes.at, bytes.count));
        for (int32_t key = RNN_CELL; equal && key <= RNN_INIT_BIAS; key++) {
            int64_t value, expected;
            assert_ok(rnn_model_get_int(made, key, &value));
            assert_ok(rnn_model_get_int(model, key, &expected));
            if (value != expected)
                fail_msg("option %d is %lld, expected %lld", (int)key, (long long)value, (long long)expected);
        }
        rnn_destroy(made);
    }
    free(bytes.at);
    rnn_config_destroy(config);
    return !status;
}

/* Whether a network of the same names but this one is another network: one without a table, peepholes, the one bias of
 * a minGRU or IndRNN, or, as minGRU, recurrent weights; and the bias of a head is 0 where it is missing. */
static int is_optional(const rnn_model *model, const char *name)
{
    int64_t layers, direction, bias, cell;
    assert_ok(rnn_model_get_int(model, RNN_CELL, &cell));
    assert_ok(rnn_model_get_int(model, RNN_LAYERS, &layers));
    assert_ok(rnn_model_get_int(model, RNN_DIRECTION, &direction));
    assert_ok(rnn_model_get_int(model, RNN_BIAS, &bias));
    int one_run = layers == 1 && direction != RNN_DIRECTION_BOTH;
    return !strcmp(name, "embedding.weight") || !strcmp(name, "head.bias") ||
           (one_run && !strncmp(name, "peephole", 8)) ||
           (one_run && (cell == RNN_CELL_MINGRU || cell >= RNN_CELL_INDRNN) && !strncmp(name, "bias_ih", 7)) ||
           (one_run && (!bias || cell == RNN_CELL_INDRNN) && !strncmp(name, "weight_hh", 9));
}

/* Every option comes back; without one of its tensors, or with another name of one, the file is refused. */
static void check_own(const rnn_model *model)
{
    static unsigned char bytes[65536];
    struct rnni_safetensors file;
    size_t size;
    assert_ok(rnn_save_memory(model, bytes, sizeof bytes, &size));
    assert_ok(rnni_safetensors_parse(&file, bytes, size, "test"));
    assert_true(fits(rewritten(&file, SIZE_MAX, NULL), model, 1));
    for (size_t i = 0; i < file.tensor_count; i++) {
        if (fits(rewritten(&file, i, NULL), model, 0) && !is_optional(model, file.tensors[i].name))
            fail_msg("%s is not missed", file.tensors[i].name);
        if (fits(rewritten(&file, i, "_g"), model, 0))
            fail_msg("%s_g is not seen", file.tensors[i].name);
    }
    rnni_safetensors_release(&file);
}

static void test_own_networks_without_metadata(void **state)
{
    (void)state;
    static const int32_t keys[] = {RNN_DIRECTION, RNN_BIAS,       RNN_PROJECTION_SIZE, RNN_PEEPHOLES,
                                   RNN_COUPLE,    RNN_LAYER_NORM, RNN_EMBEDDING_SIZE,  RNN_CLASSES};
    static const int64_t values[LENGTH(keys)][3] = {{1, 2, 3}, {1, 0, 1}, {0, 2, 0}, {0, 1, 1},
                                                    {0, 2, 1}, {0, 1, 0}, {0, 3, 0}, {0, 5, 2}};
    size_t made = 0;
    for (int64_t cell = RNN_CELL_TANH; cell <= LAST_CELL; cell++)
        for (int choice = 0; choice < 81; choice++) {
            rnn_config *config = new_config();
            rnn_model *model;
            set(config, RNN_CELL, cell);
            set(config, RNN_HIDDEN_SIZE, 4);
            set(config, RNN_LAYERS, 1 + choice % 2);
            for (size_t k = 0; k < LENGTH(keys); k++) {
                static const int powers[] = {1, 3, 9, 27};
                set(config, keys[k], values[k][choice / powers[(k + (k > 3)) % 4] % 3]);
            }
            int64_t embedding;
            assert_ok(rnn_config_get_int(config, RNN_EMBEDDING_SIZE, &embedding));
            int highway = cell == RNN_CELL_MINGRU_HIGHWAY; /* of which all layers have one width */
            set(config, embedding ? RNN_VOCABULARY : RNN_INPUT_SIZE, highway && !embedding ? 4 : 6);
            if (highway && embedding)
                set(config, RNN_EMBEDDING_SIZE, 4);
            int32_t status = rnn_create(&model, config); /* refused where the cell has no such option */
            rnn_config_destroy(config);
            if (status)
                continue;
            check_own(model);
            rnn_destroy(model);
            made++;
        }
    assert_in_range(made, 100, 648);
}

/* ---- names that are wrong ---------------------------------------------------------------------------------------- */

/* NULL: the default. */
static rnn_config *named(const char *prefix, const char *embedding, const char *head)
{
    rnn_config *config = new_config();
    if (prefix)
        assert_ok(rnn_config_set_text(config, RNN_PREFIX, prefix));
    if (embedding)
        assert_ok(rnn_config_set_text(config, RNN_EMBEDDING_NAME, embedding));
    if (head)
        assert_ok(rnn_config_set_text(config, RNN_HEAD_NAME, head));
    return config;
}

static void infer_says(rnn_config *config, const struct tensor *tensors, const char *part)
{
    struct bytes bytes = built_file(tensors);
    assert_fails(rnn_config_infer_memory(config, bytes.at, bytes.count), RNN_E_FORMAT);
    assert_message("rnn_config_infer_memory: ", part);
    assert_true(strlen(rnn_last_error()) < 511);
    rnn_config_destroy(config);
    free(bytes.at);
}

#define AT(prefix, suffix)                                                                                             \
    {prefix "weight_ih_" suffix, 4, 3},                                                                                \
    {                                                                                                                  \
        prefix "weight_hh_" suffix, 4, 4                                                                               \
    }

static void test_wrong_prefixes(void **state)
{
    (void)state;
    infer_says(named(NULL, NULL, NULL), TENSORS(AT("gru.", "l0"), AT("gru.", "l1")),
               "no tensor \"weight_ih_l0\"; the file has gru.weight_ih_l0: set RNN_PREFIX to \"gru.\"");
    infer_says(named("lstm.", NULL, NULL), TENSORS(AT("", "l0")),
               "no tensor \"lstm.weight_ih_l0\"; the file has weight_ih_l0: set RNN_PREFIX to \"\"");
    infer_says(named("a.", NULL, NULL), TENSORS(AT("b.", "l0"), AT("c.", "l0")), "set RNN_PREFIX to \"b.\" or \"c.\"");
    infer_says(named("a.", NULL, NULL), TENSORS(AT("b.", "l0"), AT("c.", "l0"), AT("", "l0")),
               "the file has 3 that fit: set RNN_PREFIX to \"b.\", \"c.\" or \"\"");
    infer_says(named("a.", NULL, NULL), TENSORS(AT("b.", "l0"), AT("c.", "l0"), AT("d.", "l0"), AT("e.", "l0")),
               "the file has 4 that fit: set RNN_PREFIX to \"b.\", \"c.\", \"d.\" or another");
    infer_says(named("a.", NULL, NULL), TENSORS(AT("b.", "l0_reverse")), "set RNN_PREFIX to \"b.\"");
    infer_says(named(NULL, NULL, NULL), TENSORS({"cell.weight_ih", 4, 3}, {"cell.weight_hh", 4, 4}),
               "the file has cell.weight_ih_l0: set RNN_PREFIX to \"cell.\"");
    infer_says(named(NULL, NULL, NULL), TENSORS({"a.weight_ih_l0_g", 4, 1}), "the file has a.weight_ih_l0_g");
    infer_says(named(NULL, NULL, NULL), TENSORS({"fc.weight", 4, 3}, {"fc.bias", 4, 0}),
               "the file has no recurrent layer: none of its 2 tensors is a weight_ih");
    infer_says(named("a.", NULL, NULL), TENSORS({"b\nc.weight_ih_l0", 4, 3}), "the file has b?c.weight_ih_l0");
}

/* Names so long that not all of them can be told: still a whole message. */
static void test_long_names(void **state)
{
    (void)state;
    char names[3][160], prefix[128];
    memset(prefix, 'p', 127);
    prefix[127] = 0;
    for (size_t i = 0; i < 3; i++) {
        memset(names[i], (int)('a' + i), 127 + (i == 2));
        strcpy(names[i] + 127 + (i == 2), "weight_ih_l0");
    }
    infer_says(named(prefix, NULL, NULL), TENSORS({names[0], 4, 3}, {names[1], 4, 3}), "\" or another");
    infer_says(named(prefix, NULL, NULL), TENSORS({names[0], 4, 3}), "aaa\"");
    infer_says(named(prefix, NULL, NULL), TENSORS({names[2], 4, 3}), "; the file has ccc"); /* too long for an option */
}

static void test_wrong_names_of_head_and_embedding(void **state)
{
    (void)state;
#define HEADED AT("r.", "l0"), {"emb.weight", 9, 3}, {"fc.weight", 5, 4}, {"fc.bias", 5, 0}
    infer_says(named("r.", NULL, "out."), TENSORS(HEADED),
               "no tensor \"out.weight\"; the file has fc.weight: set RNN_HEAD_NAME to \"fc.\"");
    infer_says(named("r.", NULL, "out."), TENSORS({"fc.weight", 5, 4}, {"fc.bias", 5, 0}, AT("r.", "l0")),
               "no tensor \"out.weight\"; the file has fc.weight: set RNN_HEAD_NAME to \"fc.\"");
    infer_says(named("r.", "table.", "fc."), TENSORS(HEADED),
               "no tensor \"table.weight\"; the file has emb.weight: set RNN_EMBEDDING_NAME to \"emb.\"");
    infer_says(named("r.", NULL, "out."), TENSORS(HEADED, {"b.weight", 2, 4}, {"b.bias", 2, 0}),
               "the file has 2 that fit: set RNN_HEAD_NAME to \"fc.\" or \"b.\"");
    /* a bias of another shape, and a name that is too long for an option */
    char name[140];
    memset(name, 'w', 128);
    strcpy(name + 128, "weight");
    infer_says(
        named("r.", NULL, "out."),
        TENSORS(HEADED, {"x.weight", 2, 4}, {"x.bias", 2, 1}, {"y.weight", 2, 4}, {"y.bias", 3, 0}, {name, 5, 4}),
        "no tensor \"out.weight\"; the file has fc.weight: set RNN_HEAD_NAME to \"fc.\"");
    struct inferred inferred = {.cell = RNN_CELL_TANH, .inputs = 3, .hidden = 4, .layers = 1, .direction = 1};
    /* nothing in the file could be meant, or nobody has asked for one */
    check_inferred(named("r.", NULL, "out."), TENSORS(AT("r.", "l0"), {"other.weight", 5, 7}, {"other.bias", 5, 0}),
                   inferred);
    check_inferred(named("r.", "table.", NULL), TENSORS(AT("r.", "l0"), {"other.weight", 5, 4}, {"other.bias", 5, 0}),
                   inferred);
    check_inferred(named("r.", NULL, NULL), TENSORS(AT("r.", "l0"), {"other.weight", 5, 4}, {"other.bias", 5, 0}),
                   inferred);
}

static void load_says(const char *prefix, const char *embedding, const char *head, const struct tensor *tensors,
                      const char *part)
{
    rnn_config *config = named(prefix, embedding, head);
    rnn_model *model;
    struct bytes bytes = built_file(tensors);
    set(config, RNN_VOCABULARY, 9);
    set(config, RNN_EMBEDDING_SIZE, 3);
    set(config, RNN_HIDDEN_SIZE, 4);
    set(config, RNN_BIAS, 0);
    set(config, RNN_CLASSES, 5);
    assert_ok(rnn_create(&model, config));
    assert_fails(rnn_model_load_parameters_memory(model, bytes.at, bytes.count), RNN_E_FORMAT);
    assert_message("rnn_model_load_parameters_memory: the checkpoint has no tensor ", part);
    rnn_destroy(model);
    rnn_config_destroy(config);
    free(bytes.at);
}

static void test_wrong_names_of_a_model(void **state)
{
    (void)state;
    load_says("gru.", "emb.", "fc.", TENSORS(HEADED),
              "gru.weight_ih_l0; the file has r.weight_ih_l0: set RNN_PREFIX to \"r.\"");
    load_says("r.", NULL, "fc.", TENSORS(HEADED, {"x.weight", 8, 3}),
              "embedding.weight; the file has emb.weight: set RNN_EMBEDDING_NAME to \"emb.\"");
    load_says("r.", "emb.", NULL, TENSORS(HEADED, {"x.weight", 4, 4}, {"x.bias", 4, 0}, {"y.weight", 5, 4}),
              "head.weight; the file has fc.weight: set RNN_HEAD_NAME to \"fc.\"");
    load_says("r.", "emb.", "fc.", TENSORS({"r.weight_ih_l0", 4, 3}, {"emb.weight", 9, 3}, {"x.weight_hh_l0", 4, 4}),
              "r.weight_hh_l0");
    assert_null(strstr(rnn_last_error(), "set RNN_PREFIX"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_weight_norm),
        cmocka_unit_test(test_weight_norm_of_others),
        cmocka_unit_test(test_weight_norm_over_columns_is_not_loaded),
        cmocka_unit_test(test_layers_and_directions),
        cmocka_unit_test(test_parts_that_some_layers_have),
        cmocka_unit_test(test_names_that_no_network_has),
        cmocka_unit_test(test_peepholes_and_norms),
        cmocka_unit_test(test_own_networks_without_metadata),
        cmocka_unit_test(test_wrong_prefixes),
        cmocka_unit_test(test_long_names),
        cmocka_unit_test(test_wrong_names_of_head_and_embedding),
        cmocka_unit_test(test_wrong_names_of_a_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
