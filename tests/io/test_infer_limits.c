/* rnn_config_infer at its limits: matrices without elements, the most layers, the transitions of a CRF, empty names. */
#include "support/built_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TANH(suffix)                                                                                                   \
    {"weight_ih_" suffix, 4, 4},                                                                                       \
    {                                                                                                                  \
        "weight_hh_" suffix, 4, 4                                                                                      \
    }

/* ---- matrices without elements, and more layers than a network may have ------------------------------------------ */

#define EMPTY(name, shape) "\"" name "\":{\"dtype\":\"F32\",\"shape\":" shape ",\"data_offsets\":[0,0]}"

static void test_empty_matrices(void **state)
{
    (void)state;
    refuse_to_infer_bytes(file_with_header("{" EMPTY("weight_ih_l0", "[4,0]") "}", 0), RNN_E_FORMAT,
                          "tensor \"weight_ih_l0\" is not a matrix");
    refuse_to_infer_bytes(file_with_header("{" EMPTY("weight_ih_l0", "[0,4]") "}", 0), RNN_E_FORMAT,
                          "tensor \"weight_ih_l0\" is not a matrix");
    refuse_to_infer_bytes(file_with_header("{" EMPTY("weight_ih_l0", "[]") "}", 0), RNN_E_FORMAT,
                          "dtype and shape need another number of bytes");
    refuse_to_infer(TENSORS({"weight_ih_l0", 4, 3}, {"weight_hh_l0", 0, 0}), RNN_E_FORMAT,
                    "tensor \"weight_hh_l0\" is not a matrix");
    refuse_to_infer(TENSORS({"weight_ih_l0", 16, 3}, {"weight_hh_l0", 16, 2}, {"weight_hr_l0", 4, 0}), RNN_E_FORMAT,
                    "tensor \"weight_hr_l0\" is not a matrix");
    refuse_to_infer(TENSORS(TANH("l0"), {"embedding.weight", 4, 0}), RNN_E_FORMAT,
                    "tensor \"embedding.weight\" is not a matrix");
    refuse_to_infer(TENSORS(TANH("l0"), {"weight_ih_l0_reverse", 4, 0}), RNN_E_FORMAT,
                    "tensor \"weight_ih_l0_reverse\" is not a matrix");
}

/* So many layers of one unit, whose values are 0. */
static struct bytes thin_layers(size_t layers)
{
    size_t room = 256 * layers, used = 1;
    char *header = malloc(room);
    assert_non_null(header);
    header[0] = '{';
    for (size_t i = 0; i < layers; i++)
        used += (size_t)snprintf(header + used, room - used,
                                 "%s\"weight_ih_l%zu\":{\"dtype\":\"F32\",\"shape\":[1,1],\"data_offsets\":[%zu,%zu]},"
                                 "\"weight_hh_l%zu\":{\"dtype\":\"F32\",\"shape\":[1,1],\"data_offsets\":[%zu,%zu]}",
                                 i ? "," : "", i, 8 * i, 8 * i + 4, i, 8 * i + 4, 8 * i + 8);
    strcpy(header + used, "}");
    struct bytes bytes = file_with_header(header, 8 * layers);
    free(header);
    return bytes;
}

static void test_the_most_layers(void **state)
{
    (void)state;
    rnn_config *config = new_config();
    struct bytes bytes = thin_layers(1024);
    assert_ok(rnn_config_infer_memory(config, bytes.at, bytes.count));
    assert_option(config, RNN_LAYERS, 1024);
    rnn_config_destroy(config);
    free(bytes.at);
    refuse_to_infer_bytes(thin_layers(1025), RNN_E_FORMAT, "RNN_LAYERS is 1025, expected 1 to 1024");
}

/* ---- transitions of a CRF ---------------------------------------------------------------------------------------- */

#define TAGGER                                                                                                         \
    TANH("l0"), {"head.weight", 3, 4},                                                                                 \
    {                                                                                                                  \
        "head.bias", 3, 0                                                                                              \
    }
#define CRF(prefix, rows, columns)                                                                                     \
    {prefix "transitions", rows, columns}, {prefix "start_transitions", 3, 0},                                         \
    {                                                                                                                  \
        prefix "end_transitions", 3, 0                                                                                 \
    }

static void test_transitions(void **state)
{
    (void)state;
    const struct inferred inferred = {
        .cell = RNN_CELL_TANH, .inputs = 4, .hidden = 4, .layers = 1, .classes = 3, .direction = 1};
    const char *const incomplete = "expected start_transitions and end_transitions as well";
    check_inferred(new_config(), TENSORS(TAGGER, CRF("crf.", 3, 3)), inferred);
    rnn_config *config = new_config();
    assert_ok(rnn_config_set_text(config, RNN_CRF_NAME, "tags."));
    check_inferred(config, TENSORS(TAGGER, CRF("tags.", 3, 3)), inferred);
    refuse_to_infer(TENSORS(TAGGER, {"crf.transitions", 3, 3}, {"crf.end_transitions", 3, 0}), RNN_E_FORMAT,
                    incomplete);
    refuse_to_infer(TENSORS(TAGGER, {"crf.transitions", 3, 3}, {"crf.start_transitions", 3, 0}), RNN_E_FORMAT,
                    incomplete);
    refuse_to_infer(TENSORS(TAGGER, CRF("crf.", 3, 2)), RNN_E_FORMAT,
                    "rows of \"crf.transitions\" have 2 elements, expected 3");
    refuse_to_infer(TENSORS(TAGGER, CRF("crf.", 9, 0)), RNN_E_FORMAT, "tensor \"crf.transitions\" is not a matrix");
    refuse_to_infer(TENSORS(TAGGER, CRF("crf.", 3, 3), {"crf.scale", 1, 0}), RNN_E_FORMAT,
                    "the file has \"crf.scale\", but its other tensors describe a network without it");
    refuse_to_infer(TENSORS(TAGGER, {"head.scale", 3, 0}, CRF("crf.", 3, 3)), RNN_E_FORMAT,
                    "the file has \"head.scale\"");
}

/* Without a head, or without a matrix of transitions, they are of another module. */
static void test_transitions_of_others(void **state)
{
    (void)state;
    const struct tensor *const files[] = {TENSORS(TANH("l0"), CRF("crf.", 3, 3)),
                                          TENSORS(TAGGER, {"crf.start_transitions", 3, 0}, {"crf.scale", 3, 0})};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct bytes bytes = built_file(files[i]);
        rnn_config *config = new_config();
        set(config, RNN_CLASSES, 3);
        set(config, RNN_CRF, 1);
        assert_ok(rnn_config_infer_memory(config, bytes.at, bytes.count));
        assert_option(config, RNN_CRF, 0);
        assert_option(config, RNN_CLASSES, i ? 3 : 0);
        rnn_config_destroy(config);
        free(bytes.at);
    }
}

/* ---- names ------------------------------------------------------------------------------------------------------- */

/* What is found under these names of the embedding, the head and the transitions, each the rest of a name. */
static void check_names(const char *embedding, const char *head, const char *crf, const struct tensor *tensors,
                        int64_t classes, int64_t transitions)
{
    struct bytes bytes = built_file(tensors);
    rnn_config *config = new_config();
    assert_ok(rnn_config_set_text(config, RNN_PREFIX, "a."));
    assert_ok(rnn_config_set_text(config, RNN_EMBEDDING_NAME, embedding));
    assert_ok(rnn_config_set_text(config, RNN_HEAD_NAME, head));
    assert_ok(rnn_config_set_text(config, RNN_CRF_NAME, crf));
    if (classes < 0) {
        assert_fails(rnn_config_infer_memory(config, bytes.at, bytes.count), RNN_E_FORMAT);
        assert_message("rnn_config_infer_memory: ", "set RNN_HEAD_NAME to \"fc.\"");
    } else {
        assert_ok(rnn_config_infer_memory(config, bytes.at, bytes.count));
        assert_option(config, RNN_EMBEDDING_SIZE, 0);
        assert_option(config, RNN_CLASSES, classes);
        assert_option(config, RNN_CRF, transitions);
    }
    rnn_config_destroy(config);
    free(bytes.at);
}

/* Under an empty name every tensor could be that of a head or a table: none is refused for its beginning. */
static void test_empty_names(void **state)
{
    (void)state;
#define OF_A {"a.weight_ih_l0", 4, 4}, {"a.weight_hh_l0", 4, 4}, {"other.scale", 3, 0}
#define HEAD                                                                                                           \
    {"fc.weight", 3, 4},                                                                                               \
    {                                                                                                                  \
        "fc.bias", 3, 0                                                                                                \
    }
    check_names("", "fc.", "tags.", TENSORS(OF_A, HEAD, CRF("tags.", 3, 3)), 3, 1);
    check_names("e.", "", "tags.", TENSORS(OF_A), 0, 0);
    check_names("e.", "", "tags.", TENSORS(OF_A, HEAD, CRF("tags.", 3, 3)), -1, 0);
    check_names("e.", "fc.", "", TENSORS(OF_A, HEAD, CRF("tags.", 3, 3)), 3, 0);
    check_names("e.", "fc.", "", TENSORS(OF_A, HEAD, CRF("", 3, 3)), 3, 1);
}

/* Something else under the name of a table, and a width that no cell without recurrent weights has. */
static void test_other_tensors_of_a_table(void **state)
{
    (void)state;
    refuse_to_infer(TENSORS(TANH("l0"), {"embedding.weight", 9, 4}, {"embedding.scale", 4, 0}), RNN_E_FORMAT,
                    "the file has \"embedding.scale\", but");
    refuse_to_infer(TENSORS({"weight_ih_l0", 13, 4}), RNN_E_FORMAT,
                    "inconsistent shapes: \"weight_ih_l0\" [13,4], weight_hh absent, weight_hr absent");
}

/* The layers above one of two directions, the outputs of which are added. */
static void test_directions_that_are_merged(void **state)
{
    (void)state;
    rnn_config *config = new_config();
    set(config, RNN_MERGE, RNN_MERGE_SUM);
    check_inferred(config,
                   TENSORS(TANH("l0"), TANH("l0_reverse"), TANH("l1"), TANH("l1_reverse"), {"head.weight", 3, 4}),
                   (struct inferred){.cell = RNN_CELL_TANH,
                                     .inputs = 4,
                                     .hidden = 4,
                                     .layers = 2,
                                     .classes = 3,
                                     .direction = RNN_DIRECTION_BOTH});
}

/* Notes that tie tensors: of a layer, of the table and of the head the tensor must be there. */
static void check_ties(const char *note, const char *part)
{
    char header[600];
    snprintf(header, sizeof header,
             "{\"__metadata__\":{\"%s\":\"none\"},"
             "\"weight_ih_l0\":{\"dtype\":\"F32\",\"shape\":[4,3],\"data_offsets\":[0,48]},"
             "\"weight_hh_l0\":{\"dtype\":\"F32\",\"shape\":[4,4],\"data_offsets\":[48,112]}}",
             note);
    struct bytes bytes = file_with_header(header, 112);
    if (part) {
        refuse_to_infer_bytes(bytes, RNN_E_FORMAT, part);
        return;
    }
    rnn_config *config = new_config();
    assert_ok(rnn_config_infer_memory(config, bytes.at, bytes.count));
    assert_option(config, RNN_HIDDEN_SIZE, 4);
    rnn_config_destroy(config);
    free(bytes.at);
}

static void test_ties(void **state)
{
    (void)state;
    check_ties("weight_hh_l1", "no tensor \"weight_hh_l1\"; __metadata__ ties it to \"none\"");
    check_ties("embedding.weight", "no tensor \"embedding.weight\"; __metadata__ ties it to \"none\"");
    check_ties("head.weight", "no tensor \"head.weight\"; __metadata__ ties it to \"none\"");
    check_ties("weight_hh_l0", NULL); /* which is there */
    check_ties("head.scale", NULL);
    check_ties("other", NULL);
}

/* Two weights of one name. */
static void test_a_weight_that_is_there_twice(void **state)
{
    (void)state;
    refuse_to_infer(TENSORS({"weight_ih_l0", 4, 3}, {"weight_hh_l0_g", 4, 1}, {"weight_hh_l0_v", 4, 4},
                            {"parametrizations.weight_hh_l0.original0", 4, 1},
                            {"parametrizations.weight_hh_l0.original1", 4, 4}),
                    RNN_E_FORMAT, "\"weight_hh_l0\"");
    refuse_to_infer_bytes(file_with_header("{}", 0), RNN_E_FORMAT,
                          "the file has no recurrent layer: none of its 0 tensors is a weight_ih");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty_matrices),
        cmocka_unit_test(test_the_most_layers),
        cmocka_unit_test(test_transitions),
        cmocka_unit_test(test_transitions_of_others),
        cmocka_unit_test(test_empty_names),
        cmocka_unit_test(test_other_tensors_of_a_table),
        cmocka_unit_test(test_directions_that_are_merged),
        cmocka_unit_test(test_ties),
        cmocka_unit_test(test_a_weight_that_is_there_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
