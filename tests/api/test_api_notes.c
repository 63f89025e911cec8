/* The notes that travel with a model. */
#include "support/fixture.h"

#include <stdlib.h>
#include <string.h>

static const char *note(rnn_model *model, const char *key)
{
    const char *value = NULL;
    assert_ok(rnn_model_get_metadata(model, key, &value));
    return value;
}

static void test_set_replace_remove(void **state)
{
    (void)state;
    struct fixture f = fixture_open(REAL, RNN_TRAINING);
    char key[] = "alphabet", value[] = "abc";
    assert_ok(rnn_model_set_metadata(f.model, key, value));
    key[0] = value[0] = '?'; /* both are copied */
    assert_string_equal(note(f.model, "alphabet"), "abc");
    assert_ok(rnn_model_set_metadata(f.model, "date", "1990"));
    assert_ok(rnn_model_set_metadata(f.model, "alphabet", "a longer value than before"));
    assert_string_equal(note(f.model, "alphabet"), "a longer value than before");
    assert_ok(rnn_model_set_metadata(f.model, "alphabet", ""));
    assert_string_equal(note(f.model, "alphabet"), "");
    assert_string_equal(note(f.model, "date"), "1990");
    assert_ok(rnn_model_set_metadata(f.model, "alphabet", NULL));
    assert_refused(&f, rnn_model_get_metadata(f.model, "alphabet", &f.out.text), RNN_E_NAME, "alphabet");
    assert_refused(&f, rnn_model_set_metadata(f.model, "alphabet", NULL), RNN_E_NAME, "alphabet");
    assert_string_equal(note(f.model, "date"), "1990");
    assert_undisturbed(&f);
    fixture_close(&f);
}

/* The pointer lives until that note is set again, whatever happens to others. */
static void test_life_of_a_value(void **state)
{
    (void)state;
    struct fixture f = fixture_open(REAL, RNN_TRAINING);
    char key[] = "other 00";
    assert_ok(rnn_model_set_metadata(f.model, "key", "value"));
    const char *value = note(f.model, "key");
    for (int i = 0; i < 100; i++) {
        key[6] = (char)('0' + i / 10);
        key[7] = (char)('0' + i % 10);
        assert_ok(rnn_model_set_metadata(f.model, key, "something"));
        assert_ok(rnn_model_set_metadata(f.model, "other 50", i % 2 ? "this" : "that"));
        if (i % 3 == 0)
            assert_ok(rnn_model_set_metadata(f.model, key, NULL));
    }
    assert_ptr_equal(note(f.model, "key"), value);
    assert_string_equal(value, "value");
    assert_ok(rnn_model_set_metadata(f.model, "key", value)); /* by itself */
    assert_string_equal(note(f.model, "key"), "value");
    fixture_close(&f);
}

static void test_keys(void **state)
{
    (void)state;
    static const char *const wrong[] = {"", "rnn.", "rnn.hidden_size", "rnn.x", "format"};
    static const char *const right[] = {
        "r",       "rnn",  "rnnx",         "RNN.x",    " rnn.",    "x.rnn.",          "Format",
        "formats", "form", "__metadata__", "\"\\\n\t", "\xC3\xA4", "\xF0\x9F\x8E\xB5"};
    struct fixture f = fixture_open(REAL, RNN_TRAINING);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_refused(&f, rnn_model_set_metadata(f.model, wrong[i], "value"), RNN_E_VALUE, "key is");
        assert_refused(&f, rnn_model_set_metadata(f.model, wrong[i], NULL), RNN_E_VALUE, "key is");
    }
    for (size_t i = 0; i < sizeof right / sizeof *right; i++)
        assert_ok(rnn_model_set_metadata(f.model, right[i], right[i]));
    for (size_t i = 0; i < sizeof right / sizeof *right; i++)
        assert_string_equal(note(f.model, right[i]), right[i]);
    fixture_close(&f);
}

static void test_utf8(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "\x80", "\xC3",    "\xC0\x80",     "\xE2\x82",        "\xED\xA0\x80", "\xF4\x90\x80\x80",
        "\xFF", "ok \xFE", "\xC3\xA4\xC3", "\xF5\x80\x80\x80"};
    struct fixture f = fixture_open(REAL, RNN_TRAINING);
    assert_ok(rnn_model_set_metadata(f.model, "key", "value"));
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_refused(&f, rnn_model_set_metadata(f.model, wrong[i], "value"), RNN_E_VALUE, "key");
        assert_refused(&f, rnn_model_set_metadata(f.model, wrong[i], NULL), RNN_E_VALUE, "key");
        assert_refused(&f, rnn_model_set_metadata(f.model, "key", wrong[i]), RNN_E_VALUE, "value");
        assert_int_not_equal(rnn_model_get_metadata(f.model, wrong[i], &f.out.text), RNN_OK);
    }
    assert_string_equal(note(f.model, "key"), "value");
    assert_undisturbed(&f);
    fixture_close(&f);
}

/* Through a checkpoint and back: those that were left, in the order in which they were first set. */
static void test_notes_travel(void **state)
{
    (void)state;
    static const char *const keys[] = {"zebra", "ant", "m\xC3\xA4use", "quote\"d"};
    struct fixture f = fixture_open(REAL, RNN_TRAINING);
    rnn_model *copy;
    size_t size;
    for (size_t i = 0; i < 4; i++)
        assert_ok(rnn_model_set_metadata(f.model, keys[i], "first"));
    assert_ok(rnn_model_set_metadata(f.model, "zebra", "line\nbreak \x01 \xF0\x9F\x8E\xB5"));
    assert_ok(rnn_model_set_metadata(f.model, "ant", NULL));
    assert_ok(rnn_save_memory(f.model, NULL, 0, &size));
    char *bytes = calloc(size + 1, 1); /* one more, for strstr */
    assert_non_null(bytes);
    assert_ok(rnn_save_memory(f.model, bytes, size, &size));
    assert_ok(rnn_load_memory(&copy, bytes, size));
    const char *header = bytes + 8, *zebra = strstr(header, "\"zebra\""), *mouse = strstr(header, "\"m\xC3\xA4use\"");
    assert_true(zebra && mouse && zebra < mouse);
    free(bytes);
    assert_string_equal(note(copy, "zebra"), "line\nbreak \x01 \xF0\x9F\x8E\xB5");
    assert_string_equal(note(copy, keys[2]), "first");
    assert_string_equal(note(copy, keys[3]), "first");
    assert_fails(rnn_model_get_metadata(copy, "ant", &f.out.text), RNN_E_NAME);
    /* the library's own are not handed out */
    assert_int_not_equal(rnn_model_get_metadata(copy, "format", &f.out.text), RNN_OK);
    assert_int_not_equal(rnn_model_get_metadata(copy, "rnn.hidden_size", &f.out.text), RNN_OK);
    rnn_destroy(copy);
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_set_replace_remove),
        cmocka_unit_test(test_life_of_a_value),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_utf8),
        cmocka_unit_test(test_notes_travel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
