#include "io/json.h"

#include "base/assertion.h"
#include "base/utf8.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool rnni_json_fail(struct rnni_json *json, int32_t status, const char *format, ...)
{
    char what[RNNI_SENTENCE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    json->status = rnni_status_fail(NULL, status, "%s: header byte %zu: %s", json->function, json->position, what);
    return false;
}

/* Fails with what was expected at the present position and what is there. */
static bool fail_expected(struct rnni_json *json, const char *expected)
{
    if (json->position == json->count)
        return rnni_json_fail(json, RNN_E_FORMAT, "expected %s, the header ends", expected);
    unsigned came = json->bytes[json->position];
    if (came > 0x20 && came < 0x7F)
        return rnni_json_fail(json, RNN_E_FORMAT, "expected %s, found %c", expected, (int)came);
    return rnni_json_fail(json, RNN_E_FORMAT, "expected %s, found byte 0x%02x", expected, came);
}

/* The byte at the present position; at the end 0, which no token begins with. */
static unsigned char peek(const struct rnni_json *json)
{
    return json->position < json->count ? json->bytes[json->position] : 0;
}

static void skip_space(struct rnni_json *json)
{
    RNNI_ASSERT(!json->status && json->position <= json->count);
    while (peek(json) && strchr(" \t\n\r", peek(json)))
        json->position++;
}

bool rnni_json_expect(struct rnni_json *json, char token)
{
    skip_space(json);
    if (peek(json) != (unsigned char)token)
        return fail_expected(json, (const char[]){token, 0});
    json->position++;
    return true;
}

bool rnni_json_end(struct rnni_json *json)
{
    skip_space(json);
    if (json->position != json->count)
        return fail_expected(json, "only padding");
    return true;
}

bool rnni_json_more(struct rnni_json *json, char close, bool first)
{
    skip_space(json);
    if (peek(json) == (unsigned char)close) {
        json->position++;
        return false;
    }
    if (first)
        return true;
    if (peek(json) != ',')
        return fail_expected(json, close == '}' ? ", or }" : ", or ]");
    json->position++;
    return true;
}

bool rnni_json_natural(struct rnni_json *json, uint64_t *out)
{
    skip_space(json);
    if (peek(json) < '0' || peek(json) > '9')
        return fail_expected(json, "a natural number");
    size_t begin = json->position;
    uint64_t value = 0;
    for (; peek(json) >= '0' && peek(json) <= '9'; json->position++) {
        uint64_t digit = (uint64_t)(peek(json) - '0');
        if (value > (UINT64_MAX - digit) / 10)
            return rnni_json_fail(json, RNN_E_FORMAT, "a number above %" PRIu64, UINT64_MAX);
        value = value * 10 + digit;
    }
    if (json->bytes[begin] == '0' && json->position > begin + 1)
        return rnni_json_fail(json, RNN_E_FORMAT, "a number with a leading 0");
    *out = value;
    return true; /* a fraction or exponent is now in the place of a comma or bracket, and refused there */
}

/* Four hexadecimal digits. */
static bool hexadecimal(struct rnni_json *json, uint32_t *out)
{
    uint32_t value = 0;
    for (int i = 0; i < 4; i++, json->position++) {
        unsigned char c = peek(json);
        if (c >= '0' && c <= '9')
            value = value << 4 | (uint32_t)(c - '0');
        else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
            value = value << 4 | (uint32_t)((c | 0x20) - 'a' + 10);
        else
            return fail_expected(json, "a hexadecimal digit");
    }
    *out = value;
    return true;
}

/* What follows \u: U+XXXX, or the first half of a pair of surrogates and then \u and the second. */
static bool escaped_code(struct rnni_json *json)
{
    uint32_t code = 0, second = 0;
    if (!hexadecimal(json, &code))
        return false;
    if (code >= 0xD800 && code <= 0xDBFF && json->count - json->position >= 2 &&
        memcmp(json->bytes + json->position, "\\u", 2) == 0) {
        json->position += 2;
        if (!hexadecimal(json, &second))
            return false;
        if (second < 0xDC00 || second > 0xDFFF)
            return rnni_json_fail(json, RNN_E_FORMAT, "half a surrogate pair in a string");
        code = 0x10000 + ((code - 0xD800) << 10) + (second - 0xDC00);
    }
    if (code >= 0xD800 && code <= 0xDFFF)
        return rnni_json_fail(json, RNN_E_FORMAT, "half a surrogate pair in a string");
    if (code == 0)
        return rnni_json_fail(json, RNN_E_FORMAT, "U+0000 in a string");
    json->used += rnni_utf8_encode(json->text + json->used, code);
    return true;
}

/* What follows a backslash. */
static bool escape(struct rnni_json *json)
{
    static const char escapes[] = "\"\\/bfnrt";
    static const char meanings[] = "\"\\/\b\f\n\r\t";
    unsigned char c = peek(json);
    const char *found = c ? strchr(escapes, c) : NULL;
    if (c != 'u' && !found)
        return fail_expected(json, "one of \" \\ / b f n r t u");
    json->position++;
    if (c == 'u')
        return escaped_code(json);
    json->text[json->used++] = meanings[found - escapes];
    return true;
}

/* One character of a string as it stands. */
static bool character(struct rnni_json *json)
{
    size_t length = rnni_utf8_sequence(json->bytes + json->position, json->count - json->position);
    if (!length || peek(json) < 0x20)
        return fail_expected(json, "UTF-8 without control characters");
    memcpy(json->text + json->used, json->bytes + json->position, length);
    json->used += length;
    json->position += length;
    return true;
}

bool rnni_json_string(struct rnni_json *json, const char **out)
{
    if (!rnni_json_expect(json, '"'))
        return false;
    size_t begin = json->used;
    while (peek(json) != '"') {
        bool escaped = peek(json) == '\\';
        json->position += escaped;
        if (escaped ? !escape(json) : !character(json))
            return false;
    }
    json->position++;
    json->text[json->used++] = 0;
    RNNI_ASSERT(json->used <= json->count);
    *out = json->text + begin;
    return true;
}
