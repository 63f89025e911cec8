/* Options of a handle: numbers and texts in a struct, and a table that says under which key and within which range each
 * of them is set, read, and written into files. */
#ifndef RNNI_OPTION_H
#define RNNI_OPTION_H

#include "base/status.h"

#include <stddef.h>

#define RNNI_TEXT_SIZE 128 /* of a text option, with its final 0 */

enum rnni_option_kind { RNNI_INTEGER, RNNI_REAL, RNNI_TEXT };

struct rnni_option {
    int32_t key;
    enum rnni_option_kind kind;
    const char *key_name;         /* "RNN_HIDDEN_SIZE" */
    const char *note;             /* its name in a file: "rnn.hidden_size"; NULL: it is in none */
    size_t field;                 /* offset of an int64_t, a double or RNNI_TEXT_SIZE chars in the struct */
    int64_t least, most;          /* of an integer */
    double real_least, real_most; /* of a real; one that is unset is not a number */
    int closed;                   /* callers only read it */
};

struct rnni_option_table {
    const struct rnni_option *options; /* [count] */
    size_t count;
};

/* Which kinds of a handle have an option: a bit for each kind.  All have those that are in no list. */
struct rnni_option_owner {
    int32_t key;
    int kinds;
};
int rnni_option_is_of(const struct rnni_option_owner *owners, size_t count, int32_t kind, int32_t key);

/* RNN_E_VALUE, with the message that the kind has no such option. */
int32_t rnni_option_fail_kind(const struct rnni_option_table *table, int32_t key, const char *kind_name,
                              struct rnni_message *message, const char *function);

/* Set and get check the key, its kind and the range of the value; `function` begins the message of a failure. */
int32_t rnni_option_set_int(const struct rnni_option_table *table, void *values, int32_t key, int64_t value,
                            struct rnni_message *message, const char *function);
int32_t rnni_option_set_real(const struct rnni_option_table *table, void *values, int32_t key, double value,
                             struct rnni_message *message, const char *function);
int32_t rnni_option_set_text(const struct rnni_option_table *table, void *values, int32_t key, const char *value,
                             struct rnni_message *message, const char *function);
int32_t rnni_option_get_int(const struct rnni_option_table *table, const void *values, int64_t *value, int32_t key,
                            struct rnni_message *message, const char *function);
int32_t rnni_option_get_real(const struct rnni_option_table *table, const void *values, double *value, int32_t key,
                             struct rnni_message *message, const char *function);
int32_t rnni_option_get_text(const struct rnni_option_table *table, const void *values, const char **value, int32_t key,
                             struct rnni_message *message, const char *function);

/* Whether it has the same value in both. */
int rnni_option_equal(const void *values, const void *others, const struct rnni_option *option);

/* Gives `values` the option that `others` have. */
void rnni_option_copy(void *values, const void *others, const struct rnni_option *option);

/* Not a real that is not a finite number: it has no text. */
int rnni_option_is_set(const void *values, const struct rnni_option *option);

/* NULL where there is none of that key, or that name in a file. */
const struct rnni_option *rnni_option_find(const struct rnni_option_table *table, int32_t key);
const struct rnni_option *rnni_option_find_note(const struct rnni_option_table *table, const char *note);

/* As the text that stands for it in a file: integers in decimal; reals as hexadecimal integers with a binary exponent:
 * exact, and without a decimal point, which depends on the locale; strtod and Python's float.fromhex read them.  A real
 * that is unset has none.  The same text in every locale. */
void rnni_option_write(char text[RNNI_TEXT_SIZE], const void *values, const struct rnni_option *option);

/* Reals may also have a decimal point.  A text has the same value in every locale.  RNN_E_VALUE, and no message, where
 * the text is none or its value out of range. */
int32_t rnni_option_read(void *values, const struct rnni_option *option, const char *text);

#endif
