/* Numbers in files under a locale with a decimal comma.  Linked with --wrap=strtod.  The locale is made in a directory
 * of its own; where the system cannot make it, the test ends with 77, after it has run with a strtod that behaves so.
 */
#define _POSIX_C_SOURCE 200809L

#include "support/support.h"

#include "io/safetensors.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- a strtod that expects a comma ------------------------------------------------------------------------------- */

static int expects_comma;
double __real_strtod(const char *text, char **end);
double __wrap_strtod(const char *text, char **end);
double __wrap_strtod(const char *text, char **end)
{
    char copy[2048];
    const char *point = strchr(text, '.');
    if (!expects_comma || !point)
        return __real_strtod(text, end);
    snprintf(copy, sizeof copy, "%.*s", (int)(point - text), text);
    double value = __real_strtod(copy, NULL);
    if (end)
        *end = (char *)(uintptr_t)point;
    return value;
}

/* ---- files ------------------------------------------------------------------------------------------------------- */

struct bytes {
    unsigned char at[4096];
    size_t count;
};

/* A model of one unit whose zoneout is told as this text. */
static struct bytes model_with(const char *zoneout)
{
    static const float values[2] = {0.5f, -0.25f};
    static const size_t shape[] = {1, 1};
    const struct rnni_safetensors_note notes[] = {{"rnn.cell", "1"},
                                                  {"rnn.input_size", "1"},
                                                  {"rnn.hidden_size", "1"},
                                                  {"rnn.bias", "0"},
                                                  {"rnn.zoneout", zoneout}};
    const struct rnni_safetensors_source tensors[] = {{"weight_ih_l0", shape, 2, values},
                                                      {"weight_hh_l0", shape, 2, values + 1}};
    struct rnni_safetensors_content content = {.notes = notes, .note_count = 5, .tensors = tensors, .tensor_count = 2};
    struct bytes bytes = {.count = 0};
    assert_ok(rnni_safetensors_size(&bytes.count, &content, "test"));
    assert_true(bytes.count <= sizeof bytes.at);
    rnni_safetensors_write(bytes.at, &content);
    return bytes;
}

static void check_zoneout(const char *text, double expected)
{
    struct bytes bytes = model_with(text), saved = {.count = 0};
    rnn_model *model, *again;
    double value;
    if (rnn_load_memory(&model, bytes.at, bytes.count) != RNN_OK)
        fail_msg("%s is refused: %s", text, rnn_last_error());
    assert_ok(rnn_model_get_real(model, RNN_ZONEOUT, &value));
    if (memcmp(&value, &expected, sizeof value) != 0)
        fail_msg("%s is read as %a, expected %a", text, value, expected);
    assert_ok(rnn_save_memory(model, saved.at, sizeof saved.at, &saved.count));
    assert_ok(rnn_load_memory(&again, saved.at, saved.count));
    assert_ok(rnn_model_get_real(again, RNN_ZONEOUT, &value));
    assert_memory_equal(&value, &expected, sizeof value);
    rnn_destroy(model);
    rnn_destroy(again);
}

static void refuse_zoneout(const char *text)
{
    struct bytes bytes = model_with(text);
    rnn_model *model = NULL;
    if (rnn_load_memory(&model, bytes.at, bytes.count) != RNN_E_FORMAT)
        fail_msg("\"%s\" is taken", text);
    assert_null(model);
    assert_non_null(strstr(rnn_last_error(), "rnn.zoneout"));
}

/* The compiler's numbers are the oracle: it reads them without a locale. */
static void check_numbers(void)
{
    check_zoneout("0.3", 0.3);
    check_zoneout("0", 0.0);
    check_zoneout("0.10000000000000000555", 0.10000000000000000555);
    check_zoneout("0.333333333333333314829616256247390992939472198486328125",
                  0.333333333333333314829616256247390992939472198486328125);
    check_zoneout("00.50", 0.5);
    check_zoneout("2.5e-1", 0.25);
    check_zoneout("0.025E+1", 0.25);
    check_zoneout("9.e-1", 0.9);
    check_zoneout("1e-3", 1e-3);
    check_zoneout("123456789.125e-9", 123456789.125e-9);
    check_zoneout("0.001e-300", 1e-303);
    check_zoneout("0x1.8p-2", 0x1.8p-2);
    check_zoneout("0x0.0ABCDEFp+3", 0x0.0ABCDEFp+3);
    check_zoneout("0X3p-5", 0x3p-5);
    check_zoneout("0x0.4", 0.25);
    static const char *const wrong[] = {"0,3",  "",     ".3",   "0.3.1",   "0.3 ",   " 0.3",
                                        "+0.3", "0..3", "0.3e", "0x",      "0xp1",   "0x1.p",
                                        "nan",  "inf",  "0.3f", "0x.8",    "-",      "0.3e-",
                                        "1e99", "-0.3", "e1",   "0.3e--1", "1e-999", "0x1p-9999999999999999999"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        refuse_zoneout(wrong[i]);
}

/* An optimiser with numbers of many digits: the bytes of its file do not depend on the locale. */
static struct bytes optimizer_bytes(void)
{
    struct bytes bytes = {.count = 0};
    rnn_optimizer *optimizer, *loaded;
    double rate;
    assert_ok(rnn_optimizer_create(&optimizer, RNN_OPTIMIZER_ADAM, 2));
    assert_ok(rnn_optimizer_set_real(optimizer, RNN_RATE, 1.0 / 3));
    assert_ok(rnn_optimizer_save_memory(optimizer, bytes.at, sizeof bytes.at, &bytes.count));
    assert_ok(rnn_optimizer_load_memory(&loaded, bytes.at, bytes.count));
    assert_ok(rnn_optimizer_get_real(loaded, RNN_RATE, &rate));
    assert_true(rate == 1.0 / 3);
    rnn_optimizer_destroy(optimizer);
    rnn_optimizer_destroy(loaded);
    return bytes;
}

/* ---- tests ------------------------------------------------------------------------------------------------------- */

static void test_a_decimal_point(void **state)
{
    (void)state;
    check_numbers();
}

static void test_a_strtod_that_expects_a_comma(void **state)
{
    (void)state;
    char *end;
    expects_comma = 1;
    assert_true(strtod("0.3", &end) == 0 && *end == '.');
    check_numbers();
    expects_comma = 0;
}

static char directory[] = "/tmp/rnn-test-XXXXXX"; /* of the locale */
static int has_no_locale;

static int make_locale(void **state)
{
    (void)state;
    char command[256];
    if (!mkdtemp(directory))
        return -1;
    snprintf(command, sizeof command, "localedef --no-archive -i de_DE -f UTF-8 %s/de_DE.UTF-8 >%s/log 2>&1", directory,
             directory);
    has_no_locale = system(command) != 0 || setenv("LOCPATH", directory, 1) != 0 || !setlocale(LC_ALL, "de_DE.UTF-8") ||
                    strcmp(localeconv()->decimal_point, ",") != 0; /* musl has a point in all locales */
    return 0;
}

static int remove_locale(void **state)
{
    (void)state;
    char command[64];
    setlocale(LC_ALL, "C");
    snprintf(command, sizeof command, "rm -r %s", directory);
    return system(command);
}

static void test_a_locale_with_a_decimal_comma(void **state)
{
    (void)state;
    char text[16];
    if (has_no_locale) {
        print_message("SKIPPED: localedef cannot make de_DE.UTF-8\n");
        skip();
    }
    snprintf(text, sizeof text, "%.1f", 0.3);
    assert_string_equal(text, "0,3");
    check_numbers();
    struct bytes here = optimizer_bytes();
    setlocale(LC_ALL, "C");
    struct bytes there = optimizer_bytes();
    assert_int_equal(here.count, there.count);
    assert_memory_equal(here.at, there.at, here.count);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_decimal_point),
        cmocka_unit_test(test_a_strtod_that_expects_a_comma),
        cmocka_unit_test_setup_teardown(test_a_locale_with_a_decimal_comma, make_locale, remove_locale),
    };
    int failures = cmocka_run_group_tests(tests, NULL, NULL);
    return failures || !has_no_locale ? failures : 77;
}
