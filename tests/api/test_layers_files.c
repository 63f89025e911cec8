/* Checkpoints of lists of layers that another hand has changed: the right status, a message, and never more.  Linked
 * with --wrap=rnni_memory_take. */
#include "support/support.h"

#include <stdio.h>
#include <string.h>

enum { MOST = 1 << 18, LIST_MOST = 1024 };

static size_t taken; /* bytes */
void *__real_rnni_memory_take(size_t count, size_t size);
void *__wrap_rnni_memory_take(size_t count, size_t size);
void *__wrap_rnni_memory_take(size_t count, size_t size)
{
    taken += count * size;
    return __real_rnni_memory_take(count, size);
}

/* ---- files ------------------------------------------------------------------------------------------------------- */

static char file[MOST], notes[MOST];

/* A checkpoint with these notes, and these tensors of one element each. */
static size_t write_file(const char *const *tensors, size_t count)
{
    static char header[MOST];
    size_t used = (size_t)snprintf(header, sizeof header, "{\"__metadata__\":{%s}", notes);
    for (size_t i = 0; i < count; i++)
        used += (size_t)snprintf(header + used, sizeof header - used,
                                 ",\"%s\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[%zu,%zu]}", tensors[i],
                                 4 * i, 4 * i + 4);
    used += (size_t)snprintf(header + used, sizeof header - used, "}");
    size_t size = 8 + used + 4 * count;
    assert_true(size <= sizeof file);
    memset(file, 0, size);
    for (int i = 0; i < 4; i++)
        file[i] = (char)(used >> (8 * i) & 255);
    memcpy(file + 8, header, used);
    return size;
}

static int32_t load(const char *bytes, size_t size)
{
    rnn_model *model = NULL;
    int32_t status = rnn_load_memory(&model, bytes, size);
    if (status) {
        assert_null(model);
        assert_memory_equal(rnn_last_error(), "rnn_load_memory: ", 17);
    } else {
        assert_non_null(model);
    }
    rnn_destroy(model);
    return status;
}

/* An affine layer of one feature, with one note more. */
static int32_t load_affine(const char *kind, const char *more)
{
    static const char *const tensors[] = {"0.weight", "0.bias"};
    snprintf(notes, sizeof notes, "\"rnn.input_size\":\"1\",\"rnn.layer.0.kind\":\"%s\"%s", kind, more);
    return load(file, write_file(tensors, 2));
}

/* One note more for each of the first `count` layers: the name of the option, then its value. */
static void add_notes(const char *name, const char *value, size_t count)
{
    size_t used = strlen(notes);
    for (size_t i = 0; i < count; i++)
        used += (size_t)snprintf(notes + used, sizeof notes - used, ",\"rnn.layer.%zu.%s\":\"%s\"", i, name, value);
    assert_true(used < sizeof notes);
}

/* ---- notes ------------------------------------------------------------------------------------------------------- */

static void indices_and_names_are_checked(void **state)
{
    (void)state;
    static const char *const unknown[] = {
        ",\"rnn.layer.0.\":\"1\"",      ",\"rnn.layer.0\":\"1\"",
        ",\"rnn.layer.\":\"1\"",        ",\"rnn.layer.0.kind.x\":\"1\"",
        ",\"rnn.layer.-1.kind\":\"5\"", ",\"rnn.layer.1.prefix\":\"a.\"",
        ",\"rnn.layer.0.cell\":\"1\"",  ",\"rnn.layer.0.vocabulary\":\"1\"",
        ",\"rnn.layer.2.kind\":\"5\"", /* a gap */
    };
    assert_ok(load_affine("5", ""));
    assert_ok(load_affine("5", ",\"rnn.layer.0.prefix\":\"0.\""));
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
        assert_int_equal(load_affine("5", unknown[i]), RNN_E_UNSUPPORTED);
        assert_non_null(strstr(rnn_last_error(), "unknown option rnn.layer."));
    }
    assert_int_equal(load_affine("5", ",\"rnn.layer.0.prefix\":\"b.\""), RNN_E_FORMAT);
    assert_non_null(strstr(rnn_last_error(), "no tensor b.weight"));
    assert_int_equal(load_affine("5", ",\"rnn.layer.1.kind\":\"5\""), RNN_E_FORMAT);
    assert_non_null(strstr(rnn_last_error(), "no tensor 1.weight"));
}

static void values_are_checked(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "-1", "0", "4294967297", "99999999999999999999", "1e3", "0x1", " 1", "", "nan",
    };
    char more[128];
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        snprintf(more, sizeof more, ",\"rnn.layer.0.stride\":\"%s\"", wrong[i]);
        assert_int_equal(load_affine("3", more), RNN_E_FORMAT);
        assert_non_null(strstr(rnn_last_error(), "rnn.layer.0.stride"));
    }
    assert_int_equal(load_affine("8", ",\"rnn.layer.0.dropout\":\"1.0\""), RNN_E_FORMAT);
    assert_int_equal(load_affine("6", ",\"rnn.layer.0.epsilon\":\"-1\""), RNN_E_FORMAT);
    assert_int_equal(load_affine("6", ",\"rnn.layer.0.epsilon\":\"inf\""), RNN_E_FORMAT);
    assert_int_equal(load_affine("11", ",\"rnn.layer.0.source\":\"0\""), RNN_E_FORMAT); /* of itself */
    assert_int_equal(load_affine("1", ",\"rnn.layer.0.cell\":\"99\""), RNN_E_UNSUPPORTED);
    assert_int_equal(load_affine("1", ""), RNN_E_FORMAT); /* no hidden size */
}

static void sizes_without_tensors_are_refused(void **state)
{
    (void)state;
    assert_int_equal(load_affine("2", ",\"rnn.layer.0.output_size\":\"2147483647\""), RNN_E_FORMAT);
    assert_int_equal(load_affine("3", ",\"rnn.layer.0.output_size\":\"1\",\"rnn.layer.0.kernel_size\":\"2147483647\""),
                     RNN_E_FORMAT);
    assert_int_equal(load_affine("1", ",\"rnn.layer.0.hidden_size\":\"2147483647\""), RNN_E_FORMAT);
}

static void long_lists_are_refused(void **state)
{
    (void)state;
    snprintf(notes, sizeof notes, "\"rnn.input_size\":\"1\"");
    add_notes("kind", "9", LIST_MOST + 1);
    add_notes("activation", "1", LIST_MOST);
    assert_int_equal(load(file, write_file(NULL, 0)), RNN_E_UNSUPPORTED);
    assert_non_null(strstr(rnn_last_error(), "rnn.layer.1024.kind"));
    snprintf(notes, sizeof notes, "\"rnn.input_size\":\"1\"");
    add_notes("kind", "9", LIST_MOST);
    add_notes("activation", "1", LIST_MOST);
    assert_ok(load(file, write_file(NULL, 0)));
}

/* Each skip joins what enters it with itself. */
static void features_have_a_limit(void **state)
{
    (void)state;
    size_t used = (size_t)snprintf(notes, sizeof notes, "\"rnn.input_size\":\"1\"");
    for (int i = 0; i < 60; i++)
        used += (size_t)snprintf(notes + used, sizeof notes - used,
                                 ",\"rnn.layer.%d.kind\":\"11\",\"rnn.layer.%d.source\":\"%d\"", i, i, i - 1);
    assert_int_equal(load(file, write_file(NULL, 0)), RNN_E_FORMAT);
    assert_non_null(strstr(rnn_last_error(), "layer 30 (RNN_KIND_SKIP): more than 2^31 - 1 features"));
}

/* One tensor that all recurrent layers seem to share; and one for each of them, where there should be thousands. */
static void many_claimed_layers_take_little_memory(void **state)
{
    (void)state;
    enum { COUNT = 16 };
    static const char *const top[] = {"a.weight_ih_l1023"};
    static char names[COUNT][32];
    const char *tops[COUNT];
    for (int i = 0; i < COUNT; i++) {
        snprintf(names[i], sizeof names[i], "%d.weight_ih_l1023", i);
        tops[i] = names[i];
    }
    for (int shared = 0; shared < 2; shared++) {
        snprintf(notes, sizeof notes, "\"rnn.input_size\":\"1\"");
        add_notes("kind", "1", COUNT);
        add_notes("hidden_size", "1", COUNT);
        add_notes("layers", "1024", COUNT);
        if (shared)
            add_notes("prefix", "a.", COUNT);
        size_t size = shared ? write_file(top, 1) : write_file(tops, COUNT);
        taken = 0;
        assert_int_equal(load(file, size), RNN_E_FORMAT);
        assert_true(taken < 1000000);
    }
}

static void kinds_and_indices_are_plain_numbers(void **state)
{
    (void)state;
    static const char *const wrong[] = {"5x", "5.0", "5 "};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(load_affine(wrong[i], ""), RNN_E_UNSUPPORTED);
        assert_non_null(strstr(rnn_last_error(), wrong[i]));
    }
    assert_int_equal(load_affine("5", ",\"rnn.layer.00.kind\":\"7\""), RNN_E_UNSUPPORTED);
    assert_int_equal(load_affine("5", ",\"rnn.layer.00.prefix\":\"0.\""), RNN_E_UNSUPPORTED);
}

/* ---- any change -------------------------------------------------------------------------------------------------- */

static rnn_model *small_model(void)
{
    static const int32_t kinds[] = {RNN_KIND_CONV1D, RNN_KIND_RECURRENT, RNN_KIND_SKIP, RNN_KIND_LAYER_NORM,
                                    RNN_KIND_DENSE};
    rnn_config *config;
    rnn_model *model;
    assert_ok(rnn_config_create(&config));
    assert_ok(rnn_config_set_int(config, RNN_INPUT_SIZE, 2));
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        assert_ok(rnn_config_add_layer(config, NULL, kinds[i]));
    assert_ok(rnn_config_set_layer_int(config, 0, RNN_OUTPUT_SIZE, 2));
    assert_ok(rnn_config_set_layer_int(config, 0, RNN_KERNEL_SIZE, 2));
    assert_ok(rnn_config_set_layer_int(config, 1, RNN_HIDDEN_SIZE, 2));
    assert_ok(rnn_config_set_layer_int(config, 1, RNN_CELL, RNN_CELL_GRU));
    assert_ok(rnn_config_set_layer_int(config, 2, RNN_SOURCE, 0));
    assert_ok(rnn_config_set_layer_real(config, 3, RNN_EPSILON, 0.25));
    assert_ok(rnn_config_set_layer_int(config, 4, RNN_OUTPUT_SIZE, 1));
    assert_ok(rnn_create(&model, config));
    rnn_config_destroy(config);
    return model;
}

/* Each byte of the header in turn becomes another one. */
static void changed_bytes_do_no_harm(void **state)
{
    (void)state;
    static const char others[] = {'0', '1', '9', '"', '.', 'k', '\\', '\0', '\xff'};
    rnn_model *model = small_model();
    size_t size, loaded = 0, refused = 0;
    assert_ok(rnn_save_memory(model, file, sizeof file, &size));
    rnn_destroy(model);
    assert_ok(load(file, size));
    size_t header = (size_t)(unsigned char)file[0] + 256 * (size_t)(unsigned char)file[1];
    assert_true(header > 500 && header < size);
    for (size_t i = 0; i < 8 + header; i++)
        for (size_t k = 0; k < sizeof others; k++) {
            char kept = file[i];
            file[i] = others[k];
            int32_t status = load(file, size);
            assert_true(status == RNN_OK || status == RNN_E_FORMAT || status == RNN_E_UNSUPPORTED);
            (*(status ? &refused : &loaded))++;
            file[i] = kept;
        }
    print_message("  %zu load, %zu are refused\n", loaded, refused);
    assert_true(loaded > header / 10 && refused > 4 * header);
}

static void every_shorter_file_is_refused(void **state)
{
    (void)state;
    rnn_model *model = small_model();
    size_t size;
    assert_ok(rnn_save_memory(model, file, sizeof file, &size));
    rnn_destroy(model);
    for (size_t i = 1; i < size; i++)
        assert_int_equal(load(file, i), RNN_E_FORMAT);
}

/* ---- configurations ---------------------------------------------------------------------------------------------- */

/* rnn_config_infer takes the list of a checkpoint in place of that of the configuration, and no other file. */
static void a_list_is_inferred_from_checkpoints_alone(void **state)
{
    (void)state;
    rnn_model *model = small_model(), *again;
    rnn_config *config;
    size_t size, count;
    assert_ok(rnn_save_memory(model, file, sizeof file, &size));
    assert_ok(rnn_config_create(&config));
    assert_ok(rnn_config_add_layer(config, NULL, RNN_KIND_MAGNITUDE));
    assert_ok(rnn_config_infer_memory(config, file, size));
    assert_ok(rnn_config_layer_count(config, &count));
    assert_int_equal(count, 5);
    assert_ok(rnn_create(&again, config));
    assert_ok(rnn_model_load_parameters_memory(again, file, size));
    rnn_destroy(again);
    notes[0] = 0;
    size = write_file((const char *const[]){"weight_ih_l0", "weight_hh_l0"}, 2);
    assert_fails(rnn_config_infer_memory(config, file, size), RNN_E_UNSUPPORTED);
    assert_non_null(strstr(rnn_config_last_error(config), "list of layers"));
    assert_ok(rnn_config_layer_count(config, &count));
    assert_int_equal(count, 5); /* nothing has changed */
    rnn_config_destroy(config);
    rnn_destroy(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(indices_and_names_are_checked),
        cmocka_unit_test(values_are_checked),
        cmocka_unit_test(sizes_without_tensors_are_refused),
        cmocka_unit_test(long_lists_are_refused),
        cmocka_unit_test(features_have_a_limit),
        cmocka_unit_test(many_claimed_layers_take_little_memory),
        cmocka_unit_test(kinds_and_indices_are_plain_numbers),
        cmocka_unit_test(changed_bytes_do_no_harm),
        cmocka_unit_test(every_shorter_file_is_refused),
        cmocka_unit_test(a_list_is_inferred_from_checkpoints_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
