#include "base/utf8.h"

#include "base/assertion.h"

#include <string.h>

/* The numbers that fit in a sequence of each length, and its first byte's mark. */
static const struct {
    uint32_t smallest;
    unsigned char mark, mask;
} forms[] = {{0, 0x00, 0x80}, {0x80, 0xC0, 0xE0}, {0x800, 0xE0, 0xF0}, {0x10000, 0xF0, 0xF8}};

size_t rnni_utf8_sequence(const unsigned char *bytes, size_t count)
{
    for (size_t more = 0; more < 4 && more < count; more++) {
        if ((bytes[0] & forms[more].mask) != forms[more].mark)
            continue;
        uint32_t code = bytes[0] & (unsigned char)~forms[more].mask;
        for (size_t i = 1; i <= more; i++) {
            if ((bytes[i] & 0xC0) != 0x80)
                return 0;
            code = code << 6 | (bytes[i] & 0x3F);
        }
        bool surrogate = code >= 0xD800 && code <= 0xDFFF;
        return code < forms[more].smallest || code > 0x10FFFF || surrogate ? 0 : more + 1;
    }
    return 0;
}

bool rnni_utf8_valid(const char *text)
{
    size_t left = strlen(text);
    while (left) {
        size_t length = rnni_utf8_sequence((const unsigned char *)text, left);
        if (!length)
            return false;
        text += length;
        left -= length;
    }
    return true;
}

size_t rnni_utf8_encode(char out[4], uint32_t code)
{
    RNNI_ASSERT(code <= 0x10FFFF && !(code >= 0xD800 && code <= 0xDFFF));
    size_t more = 3;
    while (more && code < forms[more].smallest)
        more--;
    for (size_t i = more; i > 0; i--, code >>= 6)
        out[i] = (char)(0x80 | (code & 0x3F));
    out[0] = (char)(forms[more].mark | code);
    return more + 1;
}

/* Is the sequence one of the control characters U+0000..U+001F, U+007F..U+009F, which steer terminals? */
static bool is_control(const unsigned char *bytes)
{
    return bytes[0] < 0x20 || bytes[0] == 0x7F || (bytes[0] == 0xC2 && bytes[1] < 0xA0);
}

struct rnni_utf8_quoted rnni_utf8_quote(const char *text)
{
    static const char more[] = "...";
    const unsigned char *bytes = (const unsigned char *)(text ? text : "");
    size_t left = strlen((const char *)bytes);
    size_t limit = left <= RNNI_UTF8_QUOTE ? RNNI_UTF8_QUOTE : RNNI_UTF8_QUOTE - strlen(more);
    struct rnni_utf8_quoted out = {{0}};
    size_t used = 0;
    while (left) {
        size_t length = rnni_utf8_sequence(bytes, left);
        bool shown = length && !is_control(bytes);
        size_t taken = length ? length : 1;
        if (used + taken > limit) {
            memcpy(out.text + used, more, sizeof more);
            break;
        }
        if (shown)
            memcpy(out.text + used, bytes, length);
        else
            out.text[used] = '?';
        used += shown ? length : 1;
        bytes += taken;
        left -= taken;
    }
    return out;
}
