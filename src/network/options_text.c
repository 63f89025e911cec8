#include "network/options_text.h"

#include "base/utf8.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void write_real(char text[RNNI_TEXT_SIZE], double value)
{
    int exponent;
    int64_t digits = (int64_t)ldexp(frexp(fabs(value), &exponent), 53);
    snprintf(text, RNNI_TEXT_SIZE, "%s0x%" PRIx64 "p%d", value < 0 ? "-" : "", (uint64_t)digits,
             digits ? exponent - 53 : 0);
}

void rnni_options_write(char text[RNNI_TEXT_SIZE], const struct rnni_options *options, const struct rnni_option *option)
{
    int64_t integer;
    double real;
    const char *words;
    if (option->kind == RNNI_REAL) {
        rnni_options_get_real(options, &real, option->key, NULL, "");
        write_real(text, real);
    } else if (option->kind == RNNI_INTEGER) {
        rnni_options_get_int(options, &integer, option->key, NULL, "");
        snprintf(text, RNNI_TEXT_SIZE, "%" PRId64, integer);
    } else {
        rnni_options_get_text(options, &words, option->key, NULL, "");
        snprintf(text, RNNI_TEXT_SIZE, "%s", words);
    }
}

/* strtod and strtoimax would take white space, a plus sign, and words such as "nan". */
static int is_number(const char *text)
{
    const char *digits = text + (*text == '-');
    return *digits >= '0' && *digits <= '9';
}

static int32_t read_number(struct rnni_options *options, const struct rnni_option *option, const char *text,
                           const char *function)
{
    char *end = NULL;
    errno = 0;
    if (!is_number(text))
        return RNN_E_VALUE;
    if (option->kind == RNNI_REAL) {
        double real = strtod(text, &end);
        return *end || errno ? RNN_E_VALUE : rnni_options_set_real(options, option->key, real, NULL, function);
    }
    intmax_t integer = strtoimax(text, &end, 10);
    return *end || errno ? RNN_E_VALUE : rnni_options_set_int(options, option->key, integer, NULL, function);
}

int32_t rnni_options_read(struct rnni_options *options, const struct rnni_option *option, const char *text,
                          const char *function)
{
    int32_t status = option->kind == RNNI_TEXT ? rnni_options_set_text(options, option->key, text, NULL, function)
                                               : read_number(options, option, text, function);
    if (status)
        return rnni_status_fail(NULL, option->key == RNN_CELL ? RNN_E_UNSUPPORTED : RNN_E_FORMAT,
                                "%s: the checkpoint's %s is \"%s\", which this version does not take", function,
                                option->note, rnni_utf8_quote(text).text);
    return RNN_OK;
}

const struct rnni_option *rnni_options_find_note(const char *note)
{
    for (size_t i = 0; i < rnni_options_count; i++)
        if (!strcmp(rnni_options_table[i].note, note))
            return &rnni_options_table[i];
    return NULL;
}
