#include "die.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rnn.h>

void die(const char *format, ...)
{
    va_list arguments;

    fflush(stdout);
    fprintf(stderr, "%s: ", program_name);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    _Exit(1); /* what is still allocated goes back to the system; a leak checker need not look for it */
}

void check(int32_t status)
{
    if (status != RNN_OK)
        die("%s", rnn_last_error());
}

void check_output(void)
{
    if (fflush(stdout) != 0 || ferror(stdout))
        die("standard output: %s", strerror(errno));
}

void *allocate(size_t count, size_t size)
{
    void *memory = calloc(count ? count : 1, size);

    if (!memory)
        die("not enough memory for %zu elements of %zu bytes", count, size);
    return memory;
}
