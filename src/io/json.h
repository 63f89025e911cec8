/* The tokens of a safetensors header.
 *
 * Why not a JSON library: whoever uses librnn pays for each of its dependencies, and it has one, CBLAS.  A header needs
 * only a corner of JSON: objects of strings, arrays of natural numbers, nesting that the format fixes at three.  So
 * there is no tree and no recursion, every byte is read once, from left to right, and the whole of it is fuzzed
 * (fuzz/fuzz_header.c).
 *
 * Each function reads one token and says whether it was there; if not, the message is written and `status` set, and
 * the caller stops.  Stricter than JSON in one point: a string with U+0000 is refused, as ours end there. */
#ifndef RNNI_JSON_H
#define RNNI_JSON_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rnni_json {
    const unsigned char *bytes; /* [count] */
    size_t count;
    size_t position;
    char *text; /* [count]: room for all decoded strings: none is longer, with its final 0, than it was in quotes */
    size_t used;
    int32_t status; /* RNN_OK until something fails */
    const char *function;
};

bool rnni_json_expect(struct rnni_json *json, char token); /* one of { } [ ] : , */
bool rnni_json_string(struct rnni_json *json, const char **out);
bool rnni_json_natural(struct rnni_json *json, uint64_t *out); /* digits only: no sign, fraction, exponent, leading 0 */
bool rnni_json_end(struct rnni_json *json);                    /* nothing but white space is left */

/* For loops over an object or array whose opening bracket has been read:
 *     for (bool first = true; rnni_json_more(json, '}', first); first = false) { one member }
 * true: a member follows (the comma has been read); false: `close` has been read, or a failure: look at status. */
bool rnni_json_more(struct rnni_json *json, char close, bool first);

/* Fails with "function: header byte N: ..." for what is wrong at the present position; always false. */
bool rnni_json_fail(struct rnni_json *json, int32_t status, const char *format, ...) RNNI_PRINTF(3, 4);

#endif
