/* rnn_save_memory and rnn_load_memory: what is saved comes back whole, damaged and foreign files are refused.  Linked
 * with --wrap=rnni_memory_take. */
#include "support/support.h"

#include "base/memory.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The library's allocations pass here: a small file must not make it take much, whatever the file says. */
static size_t largest_allocation;
void *__real_rnni_memory_take(size_t count, size_t size);
void *__wrap_rnni_memory_take(size_t count, size_t size);
void *__wrap_rnni_memory_take(size_t count, size_t size)
{
    if (size && count > largest_allocation / size)
        largest_allocation = rnni_memory_multiply(count, size);
    return __real_rnni_memory_take(count, size);
}

/* ---- models and their bytes ----------------------------------------------------------------------------------- */

struct options {
    int64_t input_size, vocabulary, embedding_size, hidden_size, layers, classes, seed;
    double init_range;
    struct {
        int32_t key; /* 0: no more */
        int64_t value;
    } integers[8];
    struct {
        int32_t key;
        double value;
    } reals[8];
    const char *prefix, *head;
};

static const struct options architectures[] = {
    {.input_size = 2, .hidden_size = 2, .layers = 1, .classes = 2, .seed = 42, .init_range = 0.3},
    {.input_size = 3, .hidden_size = 5, .layers = 3, .seed = INT64_MIN},
    {.vocabulary = 7, .hidden_size = 4, .layers = 2, .classes = 7, .seed = INT64_MAX, .init_range = 1e-300},
    {.vocabulary = 7, .embedding_size = 3, .hidden_size = 4, .layers = 1, .seed = -1, .init_range = 1.0 / 3},
    {.input_size = 3,
     .hidden_size = 4,
     .layers = 2,
     .classes = 2,
     .integers = {{RNN_CELL, RNN_CELL_LSTM},
                  {RNN_DIRECTION, RNN_DIRECTION_BOTH},
                  {RNN_MERGE, RNN_MERGE_SUM},
                  {RNN_PEEPHOLES, 1},
                  {RNN_COUPLE, RNN_COUPLE_INPUT},
                  {RNN_RESIDUAL, 1},
                  {RNN_LAYER_NORM, 1}},
     .reals = {{RNN_DROPOUT, 0.3}, {RNN_FORGET_BIAS, -1.25}, {RNN_ZONEOUT_CELL, 0.1}, {RNN_CELL_CLIP, 3}},
     .prefix = "encoder.\xC3\xA4\"lstm.",
     .head = "fc."},
    {.input_size = 3,
     .hidden_size = 4,
     .layers = 1,
     .integers = {{RNN_CELL, RNN_CELL_GRU},
                  {RNN_RESET, RNN_RESET_BEFORE},
                  {RNN_BIAS, 0},
                  {RNN_ACTIVATION_F, RNN_ACTIVATION_HARD_SIGMOID},
                  {RNN_INIT_RECURRENT, RNN_INIT_ORTHOGONAL},
                  {RNN_DIRECTION, RNN_DIRECTION_REVERSE}},
     .reals = {{RNN_ALPHA_F, 0.25}, {RNN_BETA_F, -1e-300}, {RNN_CLIP, 5}}},
};
#define ARCHITECTURES (sizeof architectures / sizeof *architectures)

static rnn_model *make_model(const struct options *options)
{
    rnn_config *config;
    rnn_model *model;
    assert_ok(rnn_config_create(&config));
    assert_ok(rnn_config_set_int(config, RNN_INPUT_SIZE, options->input_size));
    assert_ok(rnn_config_set_int(config, RNN_VOCABULARY, options->vocabulary));
    assert_ok(rnn_config_set_int(config, RNN_EMBEDDING_SIZE, options->embedding_size));
    assert_ok(rnn_config_set_int(config, RNN_HIDDEN_SIZE, options->hidden_size));
    assert_ok(rnn_config_set_int(config, RNN_LAYERS, options->layers));
    assert_ok(rnn_config_set_int(config, RNN_CLASSES, options->classes));
    assert_ok(rnn_config_set_int(config, RNN_SEED, options->seed));
    assert_ok(rnn_config_set_real(config, RNN_INIT_RANGE, options->init_range));
    for (size_t i = 0; i < 8 && options->integers[i].key; i++)
        assert_ok(rnn_config_set_int(config, options->integers[i].key, options->integers[i].value));
    for (size_t i = 0; i < 8 && options->reals[i].key; i++)
        assert_ok(rnn_config_set_real(config, options->reals[i].key, options->reals[i].value));
    if (options->prefix)
        assert_ok(rnn_config_set_text(config, RNN_PREFIX, options->prefix));
    if (options->head)
        assert_ok(rnn_config_set_text(config, RNN_HEAD_NAME, options->head));
    assert_ok(rnn_create(&model, config));
    rnn_config_destroy(config);
    assert_ok(rnn_model_set_metadata(model, "zebra", "first"));
    assert_ok(rnn_model_set_metadata(model, "alphabet", "a\xC3\xA4\"\\\n\x01"));
    return model;
}

struct bytes {
    unsigned char *at;
    size_t count;
};

static struct bytes saved(const rnn_model *model)
{
    struct bytes bytes = {NULL, 0};
    assert_ok(rnn_save_memory(model, NULL, 0, &bytes.count));
    bytes.at = malloc(bytes.count);
    assert_non_null(bytes.at);
    size_t size = 0;
    assert_ok(rnn_save_memory(model, bytes.at, bytes.count, &size));
    assert_int_equal(size, bytes.count);
    return bytes;
}

static struct bytes saved_small(void)
{
    rnn_model *model = make_model(&architectures[0]);
    struct bytes bytes = saved(model);
    rnn_destroy(model);
    return bytes;
}

static size_t header_length(struct bytes bytes)
{
    size_t length = 0;
    for (int i = 7; i >= 0; i--)
        length = length << 8 | bytes.at[i];
    return length;
}

static void assert_same_parameters(const rnn_model *a, const rnn_model *b)
{
    const float *x, *y;
    size_t x_count, y_count;
    assert_ok(rnn_model_parameters(a, &x, &x_count));
    assert_ok(rnn_model_parameters(b, &y, &y_count));
    assert_int_equal(x_count, y_count);
    assert_memory_equal(x, y, x_count * sizeof *x);
}

static void assert_same_options(const rnn_model *a, const rnn_model *b)
{
    for (int32_t key = RNN_CELL; key <= RNN_INIT_BIAS; key++) {
        int64_t x, y;
        assert_ok(rnn_model_get_int(a, key, &x));
        assert_ok(rnn_model_get_int(b, key, &y));
        assert_true(x == y);
    }
    for (int32_t key = RNN_INIT_RANGE; key <= RNN_BETA_H; key++) {
        double x, y;
        assert_ok(rnn_model_get_real(a, key, &x));
        assert_ok(rnn_model_get_real(b, key, &y));
        assert_true(x == y || (isnan(x) && isnan(y)));
    }
    for (int32_t key = RNN_PREFIX; key <= RNN_HEAD_NAME; key++) {
        const char *x, *y;
        assert_ok(rnn_model_get_text(a, key, &x));
        assert_ok(rnn_model_get_text(b, key, &y));
        assert_string_equal(x, y);
    }
}

/* What the network gives for a fixed input of 3 steps. */
static size_t run(rnn_model *model, float y[32])
{
    static const float x[] = {0.5f, -1, 2, 0.25f, -0.125f, 1, 3, -2, 0.75f};
    static const int32_t tokens[] = {6, 0, 3};
    rnn_session *session;
    int64_t inputs, outputs;
    assert_ok(rnn_model_get_int(model, RNN_INPUT_SIZE, &inputs));
    assert_ok(rnn_model_get_int(model, RNN_CLASSES, &outputs));
    if (outputs == 0)
        assert_ok(rnn_model_get_int(model, RNN_HIDDEN_SIZE, &outputs));
    size_t count = 3 * (size_t)outputs;
    assert_true(count <= 32);
    assert_ok(rnn_session_create(&session, model, RNN_INFERENCE));
    if (inputs)
        assert_ok(rnn_forward(session, y, count, x, 3 * (size_t)inputs, NULL, 0, 3));
    else
        assert_ok(rnn_forward_tokens(session, y, count, tokens, 3, NULL, 0, 3));
    rnn_session_destroy(session);
    return count;
}

static void assert_same_model(rnn_model *a, rnn_model *b)
{
    float x[32], y[32];
    const char *value;
    assert_same_options(a, b);
    assert_same_parameters(a, b);
    size_t count = run(a, x);
    assert_int_equal(count, run(b, y));
    assert_memory_equal(x, y, count * sizeof *x);
    assert_ok(rnn_model_get_metadata(b, "zebra", &value));
    assert_string_equal(value, "first");
    assert_ok(rnn_model_get_metadata(b, "alphabet", &value));
    assert_string_equal(value, "a\xC3\xA4\"\\\n\x01");
    assert_fails(rnn_model_get_metadata(b, "format", &value), RNN_E_NAME);
}

/* ---- memory --------------------------------------------------------------------------------------------------- */

/* Numbers at the ends of what a float can be, as the first parameters. */
static void set_extremes(rnn_model *model)
{
    static const float extremes[] = {-0.0f, 1e-45f, 3.4028235e38f, -1.17549435e-38f};
    float copy[1024];
    const float *values;
    size_t count;
    assert_ok(rnn_model_parameters(model, &values, &count));
    assert_true(count <= 1024);
    memcpy(copy, values, count * sizeof *copy);
    memcpy(copy, extremes, sizeof extremes);
    assert_ok(rnn_model_set_parameters(model, copy, count));
}

static void test_round_trip_in_memory(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < ARCHITECTURES; i++) {
        rnn_model *model = make_model(&architectures[i]), *loaded;
        set_extremes(model);
        struct bytes bytes = saved(model);
        largest_allocation = 0;
        assert_ok(rnn_load_memory(&loaded, bytes.at, bytes.count));
        assert_true(largest_allocation >= 16 * sizeof(float)); /* the allocations are seen */
        assert_same_model(model, loaded);
        struct bytes again = saved(loaded);
        assert_int_equal(again.count, bytes.count);
        assert_memory_equal(again.at, bytes.at, bytes.count);
        free(again.at);
        free(bytes.at);
        rnn_destroy(model);
        rnn_destroy(loaded);
    }
}

static void test_save_memory_sizes(void **unused)
{
    (void)unused;
    rnn_model *model = make_model(&architectures[0]);
    struct bytes bytes = saved(model);
    unsigned char *room = malloc(bytes.count + 16), *untouched = malloc(bytes.count + 16);
    assert_true(room && untouched);
    memset(room, 0xA5, bytes.count + 16);
    memset(untouched, 0xA5, bytes.count + 16);
    const size_t capacities[] = {0, 1, bytes.count - 1};
    for (size_t i = 0; i < 3; i++) {
        size_t size = 0;
        assert_fails(rnn_save_memory(model, room, capacities[i], &size), RNN_E_SIZE);
        assert_int_equal(size, bytes.count);
        assert_memory_equal(room, untouched, bytes.count + 16);
    }
    size_t size = 0;
    assert_ok(rnn_save_memory(model, room, bytes.count + 16, &size));
    assert_int_equal(size, bytes.count);
    assert_memory_equal(room, bytes.at, bytes.count);
    assert_memory_equal(room + bytes.count, untouched, 16);
    free(room);
    free(untouched);
    free(bytes.at);
    rnn_destroy(model);
}

/* ---- damage ---------------------------------------------------------------------------------------------------- */

/* The bytes are refused with a message and *out stays as it was; memory taken stays in proportion to the bytes. */
static void refused(struct bytes bytes, int32_t status, const char *part)
{
    rnn_model *const before = (rnn_model *)(uintptr_t)&largest_allocation, *out = before;
    largest_allocation = 0;
    assert_fails(rnn_load_memory(&out, bytes.at, bytes.count), status);
    assert_ptr_equal(out, before);
    assert_true(largest_allocation < ((size_t)1 << 20) + 4 * bytes.count);
    assert_memory_equal(rnn_last_error(), "rnn_load_memory: ", 17);
    if (!strstr(rnn_last_error(), part))
        fail_msg("the message \"%s\" does not say \"%s\"", rnn_last_error(), part);
}

static void test_truncated_at_every_byte(void **unused)
{
    (void)unused;
    struct bytes bytes = saved_small();
    for (size_t count = 0; count < bytes.count; count++) {
        struct bytes cut = {malloc(count ? count : 1), count}; /* a sanitizer sees every byte read behind it */
        assert_non_null(cut.at);
        memcpy(cut.at, bytes.at, count);
        refused(cut, RNN_E_FORMAT, "");
        free(cut.at);
    }
    struct bytes longer = {calloc(bytes.count + 1, 1), bytes.count + 1};
    assert_non_null(longer.at);
    memcpy(longer.at, bytes.at, bytes.count);
    refused(longer, RNN_E_FORMAT, "bytes of data");
    free(longer.at);
    free(bytes.at);
}

static void test_every_bit_flipped(void **unused)
{
    (void)unused;
    rnn_model *original = make_model(&architectures[0]);
    struct bytes bytes = saved(original);
    size_t data = 8 + header_length(bytes), refused_bits = 0;
    float y[32];
    for (size_t bit = 0; bit < 8 * bytes.count; bit++) {
        rnn_model *model = NULL;
        bytes.at[bit / 8] ^= (unsigned char)(1u << bit % 8);
        int32_t status = rnn_load_memory(&model, bytes.at, bytes.count);
        if (bit >= 8 * data) {
            assert_int_equal(status, RNN_E_FORMAT);
            assert_non_null(strstr(rnn_last_error(), "is damaged"));
        } else if (status == RNN_OK) { /* another note, seed, range of the initial weights, or name of a checksum */
            assert_same_parameters(model, original);
            assert_int_equal(run(model, y), 6);
        } else {
            assert_true(status == RNN_E_FORMAT || status == RNN_E_UNSUPPORTED);
            assert_null(model);
            assert_memory_equal(rnn_last_error(), "rnn_load_memory: ", 17);
            refused_bits++;
        }
        rnn_destroy(model);
        bytes.at[bit / 8] ^= (unsigned char)(1u << bit % 8);
    }
    assert_true(refused_bits > 4000);
    free(bytes.at);
    rnn_destroy(original);
}

/* ---- well-formed files that are no checkpoint of their network ------------------------------------------------- */

/* The file with the first `from` in its header replaced by `to`, and another length of the header. */
static struct bytes edited(struct bytes bytes, const char *from, const char *to)
{
    size_t length = header_length(bytes), growth = strlen(to) - strlen(from); /* modulo 2^64 */
    char *header = malloc(length + 1);
    assert_non_null(header);
    memcpy(header, bytes.at + 8, length);
    header[length] = 0;
    const char *found = strstr(header, from);
    if (!found)
        fail_msg("the header has no %s: %s", from, header);
    size_t at = 8 + (size_t)(found - header);
    struct bytes out = {malloc(bytes.count + growth), bytes.count + growth};
    assert_non_null(out.at);
    memcpy(out.at, bytes.at, at);
    memcpy(out.at + at, to, strlen(to));
    memcpy(out.at + at + strlen(to), bytes.at + at + strlen(from), bytes.count - at - strlen(from));
    for (int i = 0; i < 8; i++)
        out.at[i] = (unsigned char)((length + growth) >> 8 * i);
    free(header);
    return out;
}

static void refused_edit(const char *from, const char *to, int32_t status, const char *part)
{
    struct bytes bytes = saved_small(), changed = edited(bytes, from, to);
    refused(changed, status, part);
    free(changed.at);
    free(bytes.at);
}

static void test_wrong_tensors(void **unused)
{
    (void)unused;
    refused_edit("\"weight_hh_l0\"", "\"weight_hh_l1\"", RNN_E_FORMAT, "weight_hh_l0");
    refused_edit("\"head.bias\"", "\"bias\"", RNN_E_FORMAT, "head.bias");
    refused_edit("\"weight_hh_l0\"", "\"weight_ih_l0\"", RNN_E_FORMAT, "twice");
    refused_edit("\"weight_ih_l0\":{",
                 "\"extra\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]},\"weight_ih_l0\":{", RNN_E_FORMAT,
                 "extra");
    refused_edit("[2,2]", "[4]", RNN_E_FORMAT, "shape [4]");
    refused_edit("[2,2]", "[1,4]", RNN_E_FORMAT, "shape [1,4]");
    refused_edit("[2,2]", "[2,2,1]", RNN_E_FORMAT, "shape [2,2,1]");
    refused_edit("[2,2]", "[2,3]", RNN_E_FORMAT, "another number of bytes");
    refused_edit("\"F32\"", "\"I32\"", RNN_E_UNSUPPORTED, "I32");
    refused_edit("\"F32\",\"shape\":[2,2]", "\"F16\",\"shape\":[4,2]", RNN_E_FORMAT, "shape [4,2]");
    refused_edit("\"F32\",\"shape\":[2,2]", "\"BF16\",\"shape\":[4,2]", RNN_E_FORMAT, "shape [4,2]");
    refused_edit("\"F32\",\"shape\":[2,2]", "\"F64\",\"shape\":[2,1]", RNN_E_FORMAT, "shape [2,1]");
    refused_edit("\"F32\",\"shape\":[2,2]", "\"I64\",\"shape\":[2,1]", RNN_E_UNSUPPORTED, "I64");
}

/* A head of others may have no bias, but one of librnn has. */
static void test_own_head_without_bias(void **unused)
{
    (void)unused;
    struct bytes bytes = saved_small(), changed = edited(bytes, "\"head.bias\"", "\"bias\"");
    rnn_model *model;
    assert_ok(rnn_load_memory(&model, bytes.at, bytes.count));
    assert_fails(rnn_model_load_parameters_memory(model, changed.at, changed.count), RNN_E_FORMAT);
    assert_non_null(strstr(rnn_last_error(), "has no tensor head.bias"));
    rnn_destroy(model);
    free(changed.at);
    free(bytes.at);
}

static void test_wrong_options(void **unused)
{
    (void)unused;
    static const char hidden[] = "\"rnn.hidden_size\":\"2\"";
    static const char *const values[] = {"",        "0",   "-2", "2.0",        "2 ",
                                         "two",     "2x",  "0x", "1e1",        "+-2",
                                         "\\u0662", "\\n", "--", "2147483648", "99999999999999999999"};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        char to[64];
        snprintf(to, sizeof to, "\"rnn.hidden_size\":\"%s\"", values[i]);
        refused_edit(hidden, to, RNN_E_FORMAT, "rnn.hidden_size");
    }
    refused_edit(hidden, "\"rnn.hidden_size\":\"3\"", RNN_E_FORMAT, "shape");
    refused_edit(hidden, "\"hidden_size\":\"2\"", RNN_E_FORMAT, "rnn.hidden_size");
    refused_edit("\"rnn.layers\":\"1\"", "\"rnn.layers\":\"2\"", RNN_E_FORMAT, "weight_ih_l1");
    refused_edit("\"rnn.layers\":\"1\"", "\"rnn.layers\":\"1025\"", RNN_E_FORMAT, "rnn.layers");
    refused_edit("\"rnn.classes\":\"2\"", "\"rnn.classes\":\"0\"", RNN_E_FORMAT, "head.");
    refused_edit("\"rnn.input_size\":\"2\"", "\"rnn.input_size\":\"0\"", RNN_E_FORMAT, "RNN_INPUT_SIZE");
    refused_edit("\"rnn.vocabulary\":\"0\"", "\"rnn.vocabulary\":\"2\"", RNN_E_FORMAT, "RNN_VOCABULARY");
    refused_edit("\"rnn.cell\":\"1\"", "\"rnn.cell\":\"77\"", RNN_E_UNSUPPORTED, "rnn.cell");
    refused_edit("\"rnn.cell\":", "\"rnn.later\":\"1\",\"rnn.cell\":", RNN_E_UNSUPPORTED, "rnn.later");
    refused_edit("\"rnn.seed\":\"42\"", "\"rnn.seed\":\"9223372036854775808\"", RNN_E_FORMAT, "rnn.seed");
    static const char *const ranges[] = {"inf", "nan", "-1", "1e999", "", "x", "0x", "1 "};
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        char to[64];
        snprintf(to, sizeof to, "\"rnn.init_range\":\"%s\",\"x\":\"", ranges[i]);
        refused_edit("\"rnn.init_range\":\"", to, RNN_E_FORMAT, "rnn.init_range");
    }
    refused_edit("__metadata__", "metadata", RNN_E_FORMAT, "");
}

/* Options without effect, as earlier versions wrote them: a file with them is read, and they are at their defaults. */
static void test_options_without_effect(void **unused)
{
    (void)unused;
    struct bytes bytes = saved_small();
    struct bytes idle = edited(bytes, "\"rnn.layers\":\"1\"",
                               "\"rnn.layers\":\"1\",\"rnn.dropout\":\"0.25\",\"rnn.residual\":\"1\","
                               "\"rnn.init_input\":\"2\",\"rnn.init_recurrent\":\"3\",\"rnn.init_bias\":\"4\"");
    rnn_model *model, *created;
    rnn_config *config;
    int64_t residual, input;
    double dropout, range;
    assert_ok(rnn_load_memory(&model, idle.at, idle.count));
    assert_ok(rnn_model_get_int(model, RNN_RESIDUAL, &residual));
    assert_ok(rnn_model_get_int(model, RNN_INIT_INPUT, &input));
    assert_ok(rnn_model_get_real(model, RNN_DROPOUT, &dropout));
    assert_ok(rnn_model_get_real(model, RNN_INIT_RANGE, &range));
    assert_true(residual == 0 && input == RNN_INIT_XAVIER && dropout == 0 && range == 0);
    assert_ok(rnn_config_create(&config));
    assert_ok(rnn_config_infer_memory(config, idle.at, idle.count));
    assert_ok(rnn_create(&created, config));
    assert_ok(rnn_model_load_parameters_memory(created, idle.at, idle.count));
    const float *loaded, *inferred;
    size_t count;
    assert_ok(rnn_model_parameters(model, &loaded, &count));
    assert_ok(rnn_model_parameters(created, &inferred, &count));
    assert_memory_equal(loaded, inferred, count * sizeof *loaded);
    rnn_destroy(model);
    rnn_destroy(created);
    rnn_config_destroy(config);
    free(idle.at);
    free(bytes.at);
}

/* Options that ask for terabytes, in a file of some hundred bytes. */
static void test_huge_options(void **unused)
{
    (void)unused;
    refused_edit("\"rnn.hidden_size\":\"2\"", "\"rnn.hidden_size\":\"1000000\"", RNN_E_FORMAT, "shape");
    refused_edit("\"rnn.hidden_size\":\"2\"", "\"rnn.hidden_size\":\"2147483647\"", RNN_E_FORMAT, "");
    refused_edit("\"rnn.layers\":\"1\"", "\"rnn.layers\":\"1024\"", RNN_E_FORMAT, "weight_ih_l1");
    refused_edit("[2,2]", "[1000000,1000000]", RNN_E_FORMAT, "another number of bytes");
    struct bytes bytes = saved_small();
    struct bytes wide = edited(bytes, "\"rnn.hidden_size\":\"2\"", "\"rnn.hidden_size\":\"2147483647\"");
    struct bytes deep = edited(wide, "\"rnn.layers\":\"1\"", "\"rnn.layers\":\"1024\"");
    rnn_model *out = NULL;
    largest_allocation = 0;
    int32_t status = rnn_load_memory(&out, deep.at, deep.count); /* the number of parameters overflows */
    assert_true(status == RNN_E_FORMAT || status == RNN_E_MEMORY);
    assert_true(largest_allocation < (size_t)1 << 20);
    assert_null(out);
    free(deep.at);
    free(wide.at);
    free(bytes.at);
}

/* What a later or other writer may do and this reader must take: another order, white space, options left out. */
static void test_other_writers(void **unused)
{
    (void)unused;
    static const char *const edits[][2] = {
        {"\"rnn.seed\":\"42\",", ""},
        {"\"rnn.embedding_size\":\"0\",", ""},
        {"\"format\":\"pt\",", "\"format\" : \"np\" , "},
        {"{\"dtype\":\"F32\",\"shape\":[2,2]", "{ \"shape\": [2,\n2],\t\"dtype\":\"F32\""},
        {"\"rnn.hidden_size\"", "\"rnn.hidden\\u005fsize\""},
    };
    rnn_model *model = make_model(&architectures[0]);
    for (size_t i = 0; i < sizeof edits / sizeof *edits; i++) {
        rnn_model *loaded;
        struct bytes bytes = saved(model), changed = edited(bytes, edits[i][0], edits[i][1]);
        assert_ok(rnn_load_memory(&loaded, changed.at, changed.count));
        assert_same_parameters(model, loaded);
        rnn_destroy(loaded);
        free(changed.at);
        free(bytes.at);
    }
    rnn_destroy(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip_in_memory),
        cmocka_unit_test(test_save_memory_sizes),
        cmocka_unit_test(test_truncated_at_every_byte),
        cmocka_unit_test(test_every_bit_flipped),
        cmocka_unit_test(test_wrong_tensors),
        cmocka_unit_test(test_own_head_without_bias),
        cmocka_unit_test(test_wrong_options),
        cmocka_unit_test(test_options_without_effect),
        cmocka_unit_test(test_huge_options),
        cmocka_unit_test(test_other_writers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
