#include "base/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static _Thread_local struct rnni_message thread_sentence;

/* The one list of statuses: name and meaning. */
static const struct {
    int32_t status;
    const char *text;
} statuses[] = {
    {RNN_OK, "RNN_OK: success"},
    {RNN_E_NULL, "RNN_E_NULL: a required pointer is NULL"},
    {RNN_E_SIZE, "RNN_E_SIZE: the number of elements of an array differs from that of its shape"},
    {RNN_E_VALUE, "RNN_E_VALUE: a key, option, number, token, target or length is out of range"},
    {RNN_E_STATE, "RNN_E_STATE: a call out of order, such as rnn_backward without rnn_forward"},
    {RNN_E_MEMORY, "RNN_E_MEMORY: out of memory, or the size does not fit in size_t"},
    {RNN_E_IO, "RNN_E_IO: the operating system cannot open, read, write, sync or rename a file"},
    {RNN_E_FORMAT, "RNN_E_FORMAT: not a well-formed checkpoint, or its tensors do not fit the network"},
    {RNN_E_NAME, "RNN_E_NAME: no parameter or metadata with that name"},
    {RNN_E_NONFINITE, "RNN_E_NONFINITE: a gradient or loss is infinite or NaN, or an update would be"},
    {RNN_E_UNSUPPORTED, "RNN_E_UNSUPPORTED: well formed, but this version does not support it (a dtype, an option)"},
};

/* A message that was cut must not end in half a character of UTF-8. */
static void drop_last_character(char *text)
{
    size_t end = strlen(text);
    while (end && (text[end - 1] & 0xC0) == 0x80)
        end--;
    text[end ? end - 1 : 0] = 0;
}

int32_t rnni_status_fail(struct rnni_message *handle, int32_t status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(thread_sentence.text, sizeof thread_sentence.text, format, arguments);
    va_end(arguments);
    if (length >= (int)sizeof thread_sentence.text)
        drop_last_character(thread_sentence.text);
    if (handle)
        *handle = thread_sentence;
    return status;
}

int32_t rnni_status_keep(struct rnni_message *handle, int32_t status)
{
    *handle = thread_sentence;
    return status;
}

const char *rnni_status_message(void)
{
    return thread_sentence.text;
}

const char *rnni_status_text(int32_t status)
{
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
        if (statuses[i].status == status)
            return statuses[i].text;
    return "unknown status";
}
