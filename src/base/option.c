#include "base/option.h"

#include "base/assertion.h"
#include "base/utf8.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *field(const void *values, const struct rnni_option *option)
{
    return (char *)(uintptr_t)values + option->field;
}

int rnni_option_equal(const void *values, const void *others, const struct rnni_option *option)
{
    const void *value = field(values, option), *other = field(others, option);
    if (option->kind == RNNI_TEXT)
        return !strcmp(value, other);
    if (option->kind == RNNI_INTEGER)
        return *(const int64_t *)value == *(const int64_t *)other;
    double x = *(const double *)value, y = *(const double *)other;
    return x == y || (isnan(x) && isnan(y));
}

void rnni_option_copy(void *values, const void *others, const struct rnni_option *option)
{
    static const size_t sizes[] = {
        [RNNI_INTEGER] = sizeof(int64_t), [RNNI_REAL] = sizeof(double), [RNNI_TEXT] = RNNI_TEXT_SIZE};
    memcpy((char *)values + option->field, field(others, option), sizes[option->kind]);
}

int rnni_option_is_set(const void *values, const struct rnni_option *option)
{
    return option->kind != RNNI_REAL || isfinite(*(const double *)field(values, option));
}

const struct rnni_option *rnni_option_find(const struct rnni_option_table *table, int32_t key)
{
    for (size_t i = 0; key > 0 && i < table->count; i++) /* what has no key stands in the table with -1 */
        if (table->options[i].key == key)
            return &table->options[i];
    return NULL;
}

const struct rnni_option *rnni_option_find_note(const struct rnni_option_table *table, const char *note)
{
    for (size_t i = 0; i < table->count; i++)
        if (table->options[i].note && !strcmp(table->options[i].note, note))
            return &table->options[i];
    return NULL;
}

static int32_t find(const struct rnni_option **found, const struct rnni_option_table *table, int32_t key,
                    enum rnni_option_kind kind, struct rnni_message *message, const char *function)
{
    static const char *const kinds[][2] = {
        {"an integer", "_int"},
        {"a real", "_real"},
        {"a text", "_text"},
    };
    const struct rnni_option *option = rnni_option_find(table, key);
    if (!option)
        return rnni_status_fail(message, RNN_E_VALUE, "%s: key is %" PRId32 ", not an option", function, key);
    if (option->kind != kind)
        return rnni_status_fail(message, RNN_E_VALUE, "%s: key %s is %s option: expected the function %s", function,
                                option->key_name, kinds[option->kind][0], kinds[option->kind][1]);
    *found = option;
    return RNN_OK;
}

/* ---- setting ----------------------------------------------------------------------------------------------------- */

static int32_t put_int(void *values, const struct rnni_option *option, int64_t value, struct rnni_message *message,
                       const char *function)
{
    if (value < option->least || value > option->most)
        return rnni_status_fail(message, RNN_E_VALUE,
                                "%s: value of %s is %" PRId64 ", expected %" PRId64 " to %" PRId64, function,
                                option->key_name, value, option->least, option->most);
    *(int64_t *)field(values, option) = value;
    return RNN_OK;
}

static int32_t put_real(void *values, const struct rnni_option *option, double value, struct rnni_message *message,
                        const char *function)
{
    if (!(value >= option->real_least && value <= option->real_most))
        return rnni_status_fail(message, RNN_E_VALUE, "%s: value of %s is %.9g, expected %.9g to %.9g", function,
                                option->key_name, value, option->real_least, option->real_most);
    *(double *)field(values, option) = value;
    return RNN_OK;
}

static int32_t put_text(void *values, const struct rnni_option *option, const char *value, struct rnni_message *message,
                        const char *function)
{
    size_t length = strlen(value);
    if (length >= RNNI_TEXT_SIZE)
        return rnni_status_fail(message, RNN_E_VALUE, "%s: value of %s has %zu bytes, expected at most %d", function,
                                option->key_name, length, RNNI_TEXT_SIZE - 1);
    if (strcmp(value, rnni_utf8_quote(value).text) != 0) /* it appears in messages and lines */
        return rnni_status_fail(message, RNN_E_VALUE,
                                "%s: value of %s is \"%s\", expected UTF-8 without control characters", function,
                                option->key_name, rnni_utf8_quote(value).text);
    memmove(field(values, option), value, length + 1);
    return RNN_OK;
}

static int32_t find_open(const struct rnni_option **found, const struct rnni_option_table *table, int32_t key,
                         enum rnni_option_kind kind, struct rnni_message *message, const char *function)
{
    RNNI_TRY(find(found, table, key, kind, message, function));
    if ((*found)->closed)
        return rnni_status_fail(message, RNN_E_VALUE, "%s: key %s is read only", function, (*found)->key_name);
    return RNN_OK;
}

int rnni_option_is_of(const struct rnni_option_owner *owners, size_t count, int32_t kind, int32_t key)
{
    RNNI_ASSERT(kind >= 0 && kind < 31);
    for (size_t i = 0; i < count; i++)
        if (owners[i].key == key)
            return owners[i].kinds >> kind & 1;
    return 1;
}

int32_t rnni_option_fail_kind(const struct rnni_option_table *table, int32_t key, const char *kind_name,
                              struct rnni_message *message, const char *function)
{
    RNNI_ASSERT(rnni_option_find(table, key));
    return rnni_status_fail(message, RNN_E_VALUE, "%s: key %s is not an option of %s", function,
                            rnni_option_find(table, key)->key_name, kind_name);
}

int32_t rnni_option_set_int(const struct rnni_option_table *table, void *values, int32_t key, int64_t value,
                            struct rnni_message *message, const char *function)
{
    const struct rnni_option *option = NULL;
    RNNI_TRY(find_open(&option, table, key, RNNI_INTEGER, message, function));
    return put_int(values, option, value, message, function);
}

int32_t rnni_option_set_real(const struct rnni_option_table *table, void *values, int32_t key, double value,
                             struct rnni_message *message, const char *function)
{
    const struct rnni_option *option = NULL;
    RNNI_TRY(find_open(&option, table, key, RNNI_REAL, message, function));
    return put_real(values, option, value, message, function);
}

int32_t rnni_option_set_text(const struct rnni_option_table *table, void *values, int32_t key, const char *value,
                             struct rnni_message *message, const char *function)
{
    const struct rnni_option *option = NULL;
    RNNI_TRY(find_open(&option, table, key, RNNI_TEXT, message, function));
    return put_text(values, option, value, message, function);
}

/* ---- getting ----------------------------------------------------------------------------------------------------- */

int32_t rnni_option_get_int(const struct rnni_option_table *table, const void *values, int64_t *value, int32_t key,
                            struct rnni_message *message, const char *function)
{
    const struct rnni_option *option = NULL;
    RNNI_TRY(find(&option, table, key, RNNI_INTEGER, message, function));
    *value = *(const int64_t *)field(values, option);
    return RNN_OK;
}

int32_t rnni_option_get_real(const struct rnni_option_table *table, const void *values, double *value, int32_t key,
                             struct rnni_message *message, const char *function)
{
    const struct rnni_option *option = NULL;
    RNNI_TRY(find(&option, table, key, RNNI_REAL, message, function));
    *value = *(const double *)field(values, option);
    return RNN_OK;
}

int32_t rnni_option_get_text(const struct rnni_option_table *table, const void *values, const char **value, int32_t key,
                             struct rnni_message *message, const char *function)
{
    const struct rnni_option *option = NULL;
    RNNI_TRY(find(&option, table, key, RNNI_TEXT, message, function));
    *value = field(values, option);
    return RNN_OK;
}

/* ---- in files ---------------------------------------------------------------------------------------------------- */

static void write_real(char text[RNNI_TEXT_SIZE], double value)
{
    int exponent;
    int64_t digits = (int64_t)ldexp(frexp(fabs(value), &exponent), 53);
    snprintf(text, RNNI_TEXT_SIZE, "%s0x%" PRIx64 "p%d", value < 0 ? "-" : "", (uint64_t)digits,
             digits ? exponent - 53 : 0);
}

void rnni_option_write(char text[RNNI_TEXT_SIZE], const void *values, const struct rnni_option *option)
{
    RNNI_ASSERT(rnni_option_is_set(values, option));
    const void *value = field(values, option);
    if (option->kind == RNNI_REAL)
        write_real(text, *(const double *)value);
    else if (option->kind == RNNI_INTEGER)
        snprintf(text, RNNI_TEXT_SIZE, "%" PRId64, *(const int64_t *)value);
    else
        snprintf(text, RNNI_TEXT_SIZE, "%s", (const char *)value);
}

#define NUMBER_ROOM 1024 /* bytes of the longest real that is read */

/* A real in the form of C, decimal or hexadecimal, while it is rewritten without its point. */
struct number {
    const char *from;
    char to[NUMBER_ROOM];
    size_t used;
    int64_t shift; /* digits behind the point */
};

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int is_hexadecimal(char c)
{
    return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

/* Copies digits and gives their number. */
static int64_t copy_digits(struct number *number, int (*is_one)(char))
{
    int64_t count = 0;
    for (; is_one(*number->from) && number->used + 32 < sizeof number->to; count++) /* room for the exponent */
        number->to[number->used++] = *number->from++;
    return count;
}

/* Copies the digits before and after a point, without the point; 0 if there is no digit before it. */
static int copy_fraction(struct number *number, int (*is_one)(char))
{
    if (!copy_digits(number, is_one))
        return 0;
    if (*number->from == '.') {
        number->from++;
        number->shift = copy_digits(number, is_one);
    }
    return 1;
}

/* 1.25e2 becomes 125e0 and 0x1.8p1 becomes 0x18p-3: the same number, which strtod then reads in every locale, whatever
 * its decimal point is.  Refuses what strtod would take as well: white space, a plus sign, "nan", a decimal comma. */
static int without_point(struct number *number)
{
    if (*number->from == '-')
        number->to[number->used++] = *number->from++;
    int hexadecimal = number->from[0] == '0' && (number->from[1] | 0x20) == 'x';
    for (int i = 0; hexadecimal && i < 2; i++)
        number->to[number->used++] = *number->from++;
    if (!copy_fraction(number, hexadecimal ? is_hexadecimal : is_digit))
        return 0;
    int64_t exponent = 0;
    if ((*number->from | 0x20) == (hexadecimal ? 'p' : 'e')) {
        const char *sign = ++number->from;
        number->from += *sign == '-' || *sign == '+';
        if (!is_digit(*number->from))
            return 0;
        for (; is_digit(*number->from); number->from++)
            exponent = exponent > INT32_MAX ? exponent : 10 * exponent + (*number->from - '0');
        exponent = *sign == '-' ? -exponent : exponent;
    }
    snprintf(number->to + number->used, sizeof number->to - number->used, "%c%" PRId64, hexadecimal ? 'p' : 'e',
             exponent - number->shift * (hexadecimal ? 4 : 1));
    return !*number->from;
}

static int32_t read_real(double *real, const char *text)
{
    struct number number = {.from = text};
    if (!without_point(&number))
        return RNN_E_VALUE;
    errno = 0;
    *real = strtod(number.to, NULL);
    return errno ? RNN_E_VALUE : RNN_OK;
}

/* strtoimax would take white space and a plus sign. */
static int32_t read_integer(intmax_t *integer, const char *text)
{
    char *end = NULL;
    if (!is_digit(text[*text == '-']))
        return RNN_E_VALUE;
    errno = 0;
    *integer = strtoimax(text, &end, 10);
    return *end || errno ? RNN_E_VALUE : RNN_OK;
}

int32_t rnni_option_read(void *values, const struct rnni_option *option, const char *text)
{
    if (option->kind == RNNI_TEXT)
        return put_text(values, option, text, NULL, "");
    if (option->kind == RNNI_REAL) {
        double real = 0;
        RNNI_TRY(read_real(&real, text));
        return put_real(values, option, real, NULL, "");
    }
    intmax_t integer = 0;
    RNNI_TRY(read_integer(&integer, text));
    return put_int(values, option, integer, NULL, "");
}
