/* UTF-8: validity, encoding, and names made fit for a message. */
#include "support/support.h"

#include "base/status.h"
#include "base/utf8.h"

#include <string.h>

static void test_validity(void **unused)
{
    (void)unused;
    /* clang-format off */
    static const char *const valid[] = {
        "", "plain", "\x7F", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80", "\xEF\xBF\xBF",
        "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF", "a\xC3\xA4z",
    };
    static const char *const invalid[] = {
        "\x80", "\xBF", "\xC0\x80", "\xC1\xBF", "\xC3", "\xC3z", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xED\xBF\xBF",
        "\xE2\x82", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFE", "\xFF", "ok\xE2\x28\xA1",
    };
    /* clang-format on */
    for (size_t i = 0; i < sizeof valid / sizeof *valid; i++)
        assert_true(rnni_utf8_valid(valid[i]));
    for (size_t i = 0; i < sizeof invalid / sizeof *invalid; i++)
        assert_false(rnni_utf8_valid(invalid[i]));
}

static void test_encoding_of_every_code(void **unused)
{
    (void)unused;
    for (uint32_t code = 1; code <= 0x10FFFF; code++) {
        char text[5] = {0};
        if (code == 0xD800)
            code = 0xE000; /* surrogates are no characters */
        size_t length = rnni_utf8_encode(text, code);
        assert_int_equal(length, strlen(text));
        assert_int_equal(rnni_utf8_sequence((unsigned char *)text, 4), length);
        assert_int_equal(rnni_utf8_sequence((unsigned char *)text, length - 1), 0);
    }
}

static void test_quote(void **unused)
{
    (void)unused;
    char text[RNNI_UTF8_QUOTE + 8];
    assert_string_equal(rnni_utf8_quote(NULL).text, "");
    assert_string_equal(rnni_utf8_quote("gr\xC3\xBC\xC3\x9F dich").text, "gr\xC3\xBC\xC3\x9F dich");
    assert_string_equal(rnni_utf8_quote("a\x1B[2J\n\x7F\xC2\x9B\xFF z").text, "a?[2J???? z");
    memset(text, 'x', sizeof text);
    text[RNNI_UTF8_QUOTE] = 0;
    assert_string_equal(rnni_utf8_quote(text).text, text);
    text[RNNI_UTF8_QUOTE] = 'x';
    text[RNNI_UTF8_QUOTE + 1] = 0;
    struct rnni_utf8_quoted quoted = rnni_utf8_quote(text);
    assert_int_equal(strlen(quoted.text), RNNI_UTF8_QUOTE);
    assert_string_equal(quoted.text + RNNI_UTF8_QUOTE - 4, "x...");
    for (size_t shift = 0; shift < 4; shift++) { /* never cut inside a character */
        memset(text, 'x', shift);
        for (size_t i = shift; i < sizeof text - 1; i++)
            text[i] = "\xE2\x82\xAC"[(i - shift) % 3];
        text[sizeof text - 1] = 0;
        quoted = rnni_utf8_quote(text);
        assert_true(rnni_utf8_valid(quoted.text) && strstr(quoted.text, "..."));
        assert_true(strlen(quoted.text) <= RNNI_UTF8_QUOTE);
    }
}

static void test_a_cut_message_is_whole_text(void **state)
{
    (void)state;
    char text[RNNI_SENTENCE_SIZE + 64];
    for (size_t shift = 0; shift < 4; shift++) {
        memset(text, 'x', shift);
        for (size_t i = shift; i < sizeof text - 1; i++)
            text[i] = "\xE2\x82\xAC"[(i - shift) % 3];
        text[sizeof text - 1] = 0;
        assert_int_equal(rnni_status_fail(NULL, RNN_E_VALUE, "%s", text), RNN_E_VALUE);
        assert_true(rnni_utf8_valid(rnn_last_error()));
        assert_true(strlen(rnn_last_error()) > RNNI_SENTENCE_SIZE - 8);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_validity),
        cmocka_unit_test(test_encoding_of_every_code),
        cmocka_unit_test(test_quote),
        cmocka_unit_test(test_a_cut_message_is_whole_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
