/* Text from outside: is it UTF-8, and how is it shown in a message without trusting it? */
#ifndef RNNI_UTF8_H
#define RNNI_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The length (1..4) of the UTF-8 sequence at the beginning of `bytes`, 0 where there is none: overlong forms,
 * surrogates, numbers above U+10FFFF and sequences that go past `count` are none. */
size_t rnni_utf8_sequence(const unsigned char *bytes, size_t count);

/* Whether the whole of a C string is UTF-8. */
bool rnni_utf8_valid(const char *text);

/* Writes `code` (at most U+10FFFF, no surrogate) as UTF-8; gives the length. */
size_t rnni_utf8_encode(char out[4], uint32_t code);

/* A piece of text from a file or a caller, made fit for a message: at most RNNI_UTF8_QUOTE bytes ("..." shows that
 * there is more), '?' for whatever is a control character or not UTF-8.  NULL gives "".
 * Use: rnni_status_fail(..., "%s: ... \"%s\"", function, rnni_utf8_quote(name).text). */
#define RNNI_UTF8_QUOTE 160
struct rnni_utf8_quoted {
    char text[RNNI_UTF8_QUOTE + 1];
};
struct rnni_utf8_quoted rnni_utf8_quote(const char *text);

#endif
