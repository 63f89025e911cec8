/* Files of other writers: rnn_config_infer and rnn_model_load_parameters on safetensors that librnn has not written,
 * made here in memory with any names and shapes. */
#include "support/built_file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what files tell --------------------------------------------------------------------------------------------- */

static void test_a_bare_lstm(void **state)
{
    (void)state;
    check_inferred(new_config(),
                   (const struct tensor[]){{"weight_ih_l0", 20, 3},
                                           {"weight_hh_l0", 20, 5},
                                           {"bias_ih_l0", 20, 0},
                                           {"bias_hh_l0", 20, 0},
                                           {NULL, 0, 0}},
                   (struct inferred){.cell = RNN_CELL_LSTM,
                                     .inputs = 3,
                                     .hidden = 5,
                                     .layers = 1,
                                     .direction = RNN_DIRECTION_FORWARD,
                                     .bias = 1});
}

/* Tensors of others stand between, in any order. */
static void test_parts_of_a_larger_module(void **state)
{
    (void)state;
    rnn_config *config = new_config();
    assert_ok(rnn_config_set_text(config, RNN_PREFIX, "enc.gru."));
    assert_ok(rnn_config_set_text(config, RNN_EMBEDDING_NAME, "enc.emb."));
    assert_ok(rnn_config_set_text(config, RNN_HEAD_NAME, "out."));
    check_inferred(config,
                   (const struct tensor[]){{"out.bias", 7, 0},
                                           {"other.weight_ih_l0", 4, 4},
                                           {"enc.gru.weight_hh_l0", 12, 4},
                                           {"enc.gru.weight_ih_l0", 12, 6},
                                           {"enc.emb.weight", 11, 6},
                                           {"enc.gru.weight_ih_l1_reverse", 12, 8},
                                           {"enc.gru.weight_hh_l1_reverse", 12, 4},
                                           {"enc.gru.weight_ih_l1", 12, 8},
                                           {"enc.gru.weight_hh_l1", 12, 4},
                                           {"enc.gru.weight_ih_l0_reverse", 12, 6},
                                           {"enc.gru.weight_hh_l0_reverse", 12, 4},
                                           {"otherwise", 3, 0},
                                           {"out.weight", 7, 8},
                                           {NULL, 0, 0}},
                   (struct inferred){.cell = RNN_CELL_GRU,
                                     .vocabulary = 11,
                                     .embedding = 6,
                                     .hidden = 4,
                                     .layers = 2,
                                     .classes = 7,
                                     .direction = RNN_DIRECTION_BOTH});
}

static void test_a_projection(void **state)
{
    (void)state;
    check_inferred(new_config(),
                   (const struct tensor[]){{"weight_ih_l0", 20, 3},
                                           {"weight_hh_l0", 20, 2},
                                           {"weight_hr_l0", 2, 5},
                                           {"head.weight", 4, 2},
                                           {"head.bias", 4, 0},
                                           {NULL, 0, 0}},
                   (struct inferred){.cell = RNN_CELL_LSTM,
                                     .inputs = 3,
                                     .hidden = 5,
                                     .layers = 1,
                                     .classes = 4,
                                     .direction = RNN_DIRECTION_FORWARD,
                                     .projection = 2});
}

static void test_mingru_in_reverse(void **state)
{
    (void)state;
    check_inferred(
        new_config(),
        (const struct tensor[]){{"weight_ih_l0_reverse", 10, 3}, {"bias_ih_l0_reverse", 10, 0}, {NULL, 0, 0}},
        (struct inferred){.cell = RNN_CELL_MINGRU,
                          .inputs = 3,
                          .hidden = 5,
                          .layers = 1,
                          .direction = RNN_DIRECTION_REVERSE,
                          .bias = 1});
}

/* A recurrent weight that is a vector. */
static void test_indrnn(void **state)
{
    (void)state;
    check_inferred(
        new_config(),
        (const struct tensor[]){{"weight_ih_l0", 5, 3},
                                {"weight_hh_l0", 5, 0},
                                {"weight_ih_l1", 5, 5},
                                {"weight_hh_l1", 5, 0},
                                {NULL, 0, 0}},
        (struct inferred){
            .cell = RNN_CELL_INDRNN, .inputs = 3, .hidden = 5, .layers = 2, .direction = RNN_DIRECTION_FORWARD});
}

/* A cell that only the configuration can tell, and only while the shapes are those of one. */
static void test_mingru_with_highway_gate(void **state)
{
    (void)state;
    static const struct {
        size_t rows, inputs, hidden;
        int64_t cell;
    } cases[] = {{12, 4, 4, RNN_CELL_MINGRU_HIGHWAY}, {12, 3, 6, RNN_CELL_MINGRU}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rnn_config *config = new_config();
        set(config, RNN_CELL, RNN_CELL_MINGRU_HIGHWAY);
        check_inferred(config, (const struct tensor[]){{"weight_ih_l0", cases[i].rows, cases[i].inputs}, {NULL, 0, 0}},
                       (struct inferred){.cell = cases[i].cell,
                                         .inputs = (int64_t)cases[i].inputs,
                                         .hidden = (int64_t)cases[i].hidden,
                                         .layers = 1,
                                         .direction = RNN_DIRECTION_FORWARD});
    }
    check_inferred(
        new_config(), (const struct tensor[]){{"weight_ih_l0", 12, 4}, {NULL, 0, 0}},
        (struct inferred){
            .cell = RNN_CELL_MINGRU, .inputs = 4, .hidden = 6, .layers = 1, .direction = RNN_DIRECTION_FORWARD});
}

/* Where shapes leave a choice, the configuration has it. */
static void test_choices_of_the_configuration(void **state)
{
    (void)state;
    static const struct {
        int64_t gates, given, couple, expected;
    } cases[] = {
        {1, RNN_CELL_TANH, 0, RNN_CELL_TANH},   {1, RNN_CELL_RELU, 0, RNN_CELL_RELU},
        {1, RNN_CELL_GRU, 0, RNN_CELL_TANH},    {3, RNN_CELL_TANH, 0, RNN_CELL_GRU},
        {3, RNN_CELL_LSTM, 0, RNN_CELL_GRU},    {3, RNN_CELL_LSTM, RNN_COUPLE_INPUT, RNN_CELL_LSTM},
        {1, RNN_CELL_INDRNN, 0, RNN_CELL_TANH}, {3, RNN_CELL_INDRNN, 0, RNN_CELL_GRU},
        {4, RNN_CELL_SLSTM, 0, RNN_CELL_SLSTM}, {4, RNN_CELL_RELU, 0, RNN_CELL_LSTM},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t rows = 5 * (size_t)cases[i].gates;
        rnn_config *config = new_config();
        set(config, RNN_CELL, cases[i].given);
        set(config, RNN_COUPLE, cases[i].couple);
        set(config, RNN_VOCABULARY, 99); /* tokens, one-hot: how many is told */
        check_inferred(config,
                       (const struct tensor[]){{"weight_ih_l0", rows, 3}, {"weight_hh_l0", rows, 5}, {NULL, 0, 0}},
                       (struct inferred){.cell = cases[i].expected,
                                         .vocabulary = 3,
                                         .hidden = 5,
                                         .layers = 1,
                                         .direction = RNN_DIRECTION_FORWARD});
    }
}

/* Of a checkpoint of librnn all options come back, also those that no shape tells. */
static void test_options_of_a_checkpoint(void **state)
{
    (void)state;
    rnn_config *config = new_config(), *found = new_config();
    rnn_model *model;
    unsigned char bytes[8192];
    size_t size;
    double p;
    const char *prefix;
    set(config, RNN_CELL, RNN_CELL_GRU);
    set(config, RNN_RESET, RNN_RESET_BEFORE);
    set(config, RNN_INPUT_SIZE, 3);
    set(config, RNN_HIDDEN_SIZE, 4);
    set(config, RNN_LAYERS, 2);
    assert_ok(rnn_config_set_real(config, RNN_DROPOUT, 0.1));
    assert_ok(rnn_config_set_text(config, RNN_PREFIX, "a."));
    assert_ok(rnn_create(&model, config));
    assert_ok(rnn_save_memory(model, bytes, sizeof bytes, &size));
    set(found, RNN_LAYERS, 7); /* what it had is gone */
    assert_ok(rnn_config_infer_memory(found, bytes, size));
    assert_option(found, RNN_CELL, RNN_CELL_GRU);
    assert_option(found, RNN_RESET, RNN_RESET_BEFORE);
    assert_option(found, RNN_LAYERS, 2);
    assert_ok(rnn_config_get_real(found, RNN_DROPOUT, &p));
    assert_true(p == 0.1);
    assert_ok(rnn_config_get_text(found, RNN_PREFIX, &prefix));
    assert_string_equal(prefix, "a.");
    rnn_destroy(model);
    rnn_config_destroy(config);
    rnn_config_destroy(found);
}

/* ---- what is refused --------------------------------------------------------------------------------------------- */

static void test_shapes_that_no_network_has(void **state)
{
    (void)state;
    refuse_to_infer(TENSORS({"a.weight_ih_l0", 4, 3}, {"a.weight_hh_l0", 4, 4}), RNN_E_FORMAT, "\"weight_ih_l0\"");
    refuse_to_infer(TENSORS({"weight_ih_l0", 12, 0}, {"weight_hh_l0", 12, 4}), RNN_E_FORMAT, "weight_ih_l0");
    refuse_to_infer(TENSORS({"weight_ih_l0", 12, 3}, {"weight_hh_l0", 8, 0}), RNN_E_FORMAT,
                    "\"weight_ih_l0\" [12,3], weight_hh [8], weight_hr absent");
    refuse_to_infer(TENSORS({"weight_ih_l0", 12, 3}, {"weight_hh_l0", 12, 0}, {"weight_hr_l0", 3, 12}), RNN_E_FORMAT,
                    "weight_hh [12], weight_hr [3,12]");
    refuse_to_infer(TENSORS({"weight_ih_l0", 12, 3}, {"weight_hh_l0", 8, 4}), RNN_E_FORMAT, "weight_ih_l0");
    refuse_to_infer(TENSORS({"weight_ih_l0", 13, 3}, {"weight_hh_l0", 13, 4}), RNN_E_FORMAT, "weight_ih_l0");
    refuse_to_infer(TENSORS({"weight_ih_l0", 20, 3}, {"weight_hh_l0", 20, 4}), RNN_E_UNSUPPORTED, "5 gates");
    refuse_to_infer(TENSORS({"weight_ih_l0", 8, 3}, {"weight_hh_l0", 8, 4}), RNN_E_UNSUPPORTED, "2 gates");
    refuse_to_infer(TENSORS({"weight_ih_l0", 1, 3}), RNN_E_FORMAT, "weight_ih_l0");
    refuse_to_infer(TENSORS({"weight_ih_l0", 16, 3}, {"weight_hh_l0", 16, 2}, {"weight_hr_l0", 3, 4}), RNN_E_FORMAT,
                    "weight_ih_l0");
    refuse_to_infer(TENSORS({"weight_ih_l0", 12, 3}, {"weight_hh_l0", 12, 4}, {"embedding.weight", 9, 5}), RNN_E_FORMAT,
                    "embedding.weight");
    refuse_to_infer(TENSORS({"weight_ih_l0", 12, 3}, {"weight_hh_l0", 12, 4}, {"head.weight", 9, 8}), RNN_E_FORMAT,
                    "head.weight");
    refuse_to_infer(TENSORS({"weight_ih_l0", 12, 3}, {"weight_hh_l0", 12, 4}, {"head.weight", 9, 0}), RNN_E_FORMAT,
                    "head.weight");
}

/* Files that would be refused later, or ask for more than they hold. */
static void test_networks_that_could_not_be_loaded(void **state)
{
    (void)state;
    refuse_to_infer(TENSORS({"weight_ih_l0", 12, 3}, {"weight_hh_l0", 12, 2}, {"weight_hr_l0", 2, 4}), RNN_E_FORMAT,
                    "\"weight_hr_l0\" is a projection");
    refuse_to_infer(TENSORS({"weight_ih_l0", 4, 3}, {"weight_hh_l0", 4, 2}, {"weight_hr_l0", 2, 4}), RNN_E_FORMAT,
                    "\"weight_hr_l0\" is a projection");
    refuse_to_infer(TENSORS({"weight_ih_l0", 12, 3}, {"weight_hh_l0", 12, 4}, {"head.bias", 9, 0}), RNN_E_FORMAT,
                    "head.bias");
    refuse_to_infer(TENSORS({"weight_ih_l0", 12, 3}, {"weight_hh_l0", 12, 4}, {"weight_ih_l1", 0, 4}), RNN_E_FORMAT,
                    "weight_ih_l1");
    refuse_to_infer(TENSORS({"weight_ih_l0", 12, 3}, {"weight_hh_l0", 12, 4}, {"weight_ih_l1", 1, 4}), RNN_E_FORMAT,
                    "weight_ih_l1");
    refuse_to_infer(TENSORS({"weight_ih_l0", 12, 3}, {"weight_hh_l0", 12, 4}, {"weight_ih_l1", 12, 5}), RNN_E_FORMAT,
                    "weight_ih_l1");
}

static void test_coupled_gates_and_a_file_that_has_them_not(void **state)
{
    (void)state;
    for (size_t gates = 1; gates <= 4; gates += 3) {
        struct bytes bytes = built_file(TENSORS({"weight_ih_l0", 5 * gates, 3}, {"weight_hh_l0", 5 * gates, 5}));
        rnn_config *config = new_config();
        set(config, RNN_CELL, RNN_CELL_LSTM);
        set(config, RNN_COUPLE, RNN_COUPLE_FORGET);
        assert_fails(rnn_config_infer_memory(config, bytes.at, bytes.count), RNN_E_FORMAT);
        assert_message("rnn_config_infer_memory: ", "RNN_COUPLE");
        assert_option(config, RNN_CELL, RNN_CELL_LSTM);
        rnn_config_destroy(config);
        free(bytes.at);
    }
}

/* A GRU under a prefix, and what must not be changed. */
struct target {
    rnn_model *model;
    float *before;
    size_t count;
};

static struct target open_target(const char *prefix)
{
    rnn_config *config = new_config();
    struct target target;
    const float *values;
    set(config, RNN_CELL, RNN_CELL_GRU);
    set(config, RNN_INPUT_SIZE, 3);
    set(config, RNN_HIDDEN_SIZE, 4);
    set(config, RNN_BIAS, 0);
    set(config, RNN_CLASSES, 2);
    assert_ok(rnn_config_set_text(config, RNN_PREFIX, prefix));
    assert_ok(rnn_create(&target.model, config));
    rnn_config_destroy(config);
    assert_ok(rnn_model_parameters(target.model, &values, &target.count));
    target.before = malloc(target.count * sizeof *values);
    assert_non_null(target.before);
    memcpy(target.before, values, target.count * sizeof *values);
    return target;
}

static void close_target(struct target *target)
{
    const float *values;
    assert_ok(rnn_model_parameters(target->model, &values, &target->count));
    assert_memory_equal(values, target->before, target->count * sizeof *values);
    free(target->before);
    rnn_destroy(target->model);
}

static void refuse_to_load(const char *prefix, const struct tensor *tensors, const char *part)
{
    struct target target = open_target(prefix);
    struct bytes bytes = built_file(tensors);
    assert_fails(rnn_model_load_parameters_memory(target.model, bytes.at, bytes.count), RNN_E_FORMAT);
    assert_message("rnn_model_load_parameters_memory: ", part);
    close_target(&target);
    free(bytes.at);
}

static void test_tensors_that_do_not_fit(void **state)
{
    (void)state;
    refuse_to_load("", TENSORS({"weight_hh_l0", 12, 4}, {"head.weight", 2, 4}, {"head.bias", 2, 0}),
                   "no tensor weight_ih_l0");
    refuse_to_load(
        "", TENSORS({"weight_ih_l0", 12, 3}, {"weight_hh_l0", 12, 5}, {"head.weight", 2, 4}, {"head.bias", 2, 0}),
        "\"weight_hh_l0\" has shape [12,5], expected [12,4]");
    refuse_to_load("",
                   TENSORS({"weight_ih_l0", 12, 3}, {"weight_hh_l0", 12, 4}, {"head.weight", 2, 4}, {"head.bias", 2, 0},
                           {"bias_ih_l0", 12, 0}),
                   "bias_ih_l0");
    refuse_to_load("",
                   TENSORS({"weight_ih_l0", 12, 3}, {"weight_hh_l0", 12, 4}, {"head.weight", 2, 4}, {"head.bias", 2, 0},
                           {"attention.weight", 12, 0}),
                   "attention.weight");
    refuse_to_load("enc.",
                   TENSORS({"enc.weight_ih_l0", 12, 3}, {"enc.weight_hh_l0", 12, 4}, {"head.weight", 2, 4},
                           {"head.bias", 2, 0}, {"enc.bias_ih_l0", 12, 0}),
                   "enc.bias_ih_l0");
    refuse_to_load("enc.",
                   TENSORS({"enc.weight_ih_l0", 12, 3}, {"enc.weight_hh_l0", 12, 4}, {"head.weight", 2, 4},
                           {"head.bias", 2, 0}, {"head.scale", 1, 0}),
                   "head.scale");
    refuse_to_load("enc.",
                   TENSORS({"enc.weight_ih_l0", 12, 3}, {"enc.weight_hh_l0", 12, 4}, {"head.weight", 2, 4},
                           {"head.bias", 2, 0}, {"embedding.weight", 9, 3}),
                   "embedding.weight");
    refuse_to_load("enc.", TENSORS({"weight_ih_l0", 12, 3}, {"weight_hh_l0", 12, 4}, {"head.weight", 2, 4}),
                   "no tensor enc.weight_ih_l0");
}

/* What is not under the name of the transitions is of others. */
static void test_tensors_beside_transitions(void **state)
{
    (void)state;
    for (int odd = 0; odd <= 1; odd++) {
        struct bytes bytes =
            built_file(TENSORS({"enc.weight_ih_l0", 4, 3}, {"enc.weight_hh_l0", 4, 4}, {"head.weight", 2, 4},
                               {"head.bias", 2, 0}, {"tags.transitions", 2, 2}, {"tags.start_transitions", 2, 0},
                               {"tags.end_transitions", 2, 0}, {odd ? "tags.scale" : "scale", 1, 0}));
        load_tagger("enc.", "tags.", 2, bytes, 4, odd ? "a tensor tags.scale, its network does not" : NULL);
    }
}

/* torch.nn.Linear(4, 2, bias=False) as the head. */
static void test_a_head_without_bias(void **state)
{
    (void)state;
    static const float ones[2] = {1, 1};
    struct bytes bytes = built_file(TENSORS({"weight_ih_l0", 12, 3}, {"weight_hh_l0", 12, 4}, {"head.weight", 2, 4}));
    struct target target = open_target("");
    rnn_config *config = new_config();
    float bias[2], weight[8];
    assert_ok(rnn_config_infer_memory(config, bytes.at, bytes.count));
    assert_option(config, RNN_CLASSES, 2);
    assert_ok(rnn_model_set_parameter(target.model, "head.bias", ones, 2));
    assert_ok(rnn_model_load_parameters_memory(target.model, bytes.at, bytes.count));
    assert_ok(rnn_model_get_parameter(target.model, "head.bias", bias, 2));
    assert_true(bias[0] == 0 && bias[1] == 0);
    assert_ok(rnn_model_get_parameter(target.model, "head.weight", weight, 8));
    for (size_t i = 0; i < 8; i++)
        assert_true(weight[i] == built_value(2, i));
    rnn_config_destroy(config);
    rnn_destroy(target.model);
    free(target.before);
    free(bytes.at);
}

/* ---- files on disk ----------------------------------------------------------------------------------------------- */

static void write_file(const char *path, struct bytes bytes)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes.at, 1, bytes.count, file), bytes.count);
    assert_int_equal(fclose(file), 0);
}

static void test_files(void **state)
{
    (void)state;
    static const char path[] = "test_foreign.safetensors";
    struct bytes bytes = built_file(
        TENSORS({"weight_ih_l0", 12, 3}, {"weight_hh_l0", 12, 4}, {"head.weight", 2, 4}, {"head.bias", 2, 0}));
    struct target target = open_target("");
    rnn_config *config = new_config();
    write_file(path, bytes);
    assert_ok(rnn_config_infer(config, path));
    assert_inferred(config, (struct inferred){.cell = RNN_CELL_GRU,
                                              .inputs = 3,
                                              .hidden = 4,
                                              .layers = 1,
                                              .classes = 2,
                                              .direction = RNN_DIRECTION_FORWARD});
    bytes.count--;
    write_file(path, bytes);
    assert_fails(rnn_config_infer(config, path), RNN_E_FORMAT);
    assert_message("rnn_config_infer: test_foreign.safetensors: ", "bytes");
    assert_string_equal(rnn_config_last_error(config), rnn_last_error());
    assert_fails(rnn_model_load_parameters(target.model, path), RNN_E_FORMAT);
    assert_message("rnn_model_load_parameters: test_foreign.safetensors: ", "bytes");
    assert_int_equal(remove(path), 0);
    assert_fails(rnn_config_infer(config, path), RNN_E_IO);
    assert_message("rnn_config_infer: ", path);
    assert_string_equal(rnn_config_last_error(config), rnn_last_error());
    assert_fails(rnn_model_load_parameters(target.model, path), RNN_E_IO);
    assert_message("rnn_model_load_parameters: ", path);
    close_target(&target);
    rnn_config_destroy(config);
    free(bytes.at);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_bare_lstm),
        cmocka_unit_test(test_parts_of_a_larger_module),
        cmocka_unit_test(test_a_projection),
        cmocka_unit_test(test_mingru_in_reverse),
        cmocka_unit_test(test_indrnn),
        cmocka_unit_test(test_mingru_with_highway_gate),
        cmocka_unit_test(test_choices_of_the_configuration),
        cmocka_unit_test(test_options_of_a_checkpoint),
        cmocka_unit_test(test_shapes_that_no_network_has),
        cmocka_unit_test(test_networks_that_could_not_be_loaded),
        cmocka_unit_test(test_coupled_gates_and_a_file_that_has_them_not),
        cmocka_unit_test(test_tensors_that_do_not_fit),
        cmocka_unit_test(test_tensors_beside_transitions),
        cmocka_unit_test(test_a_head_without_bias),
        cmocka_unit_test(test_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
