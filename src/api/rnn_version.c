#include "base/status.h"
#include "math/kernels.h"

#include <string.h>

#define TEXT_OF(number) #number
#define TEXT(number)    TEXT_OF(number)
#define VERSION         TEXT(RNN_VERSION_MAJOR) "." TEXT(RNN_VERSION_MINOR) "." TEXT(RNN_VERSION_PATCH)

RNN_API int32_t rnn_version(void)
{
    return RNN_VERSION_NUMBER;
}

RNN_API const char *rnn_version_string(void)
{
    return VERSION;
}

#ifdef __clang__
#define COMPILER __VERSION__ /* names itself */
#else
#define COMPILER "gcc " __VERSION__
#endif

#ifdef RNN_BLAS_NAME
#define CBLAS " and cblas (" RNN_BLAS_NAME ")"
#else
#define CBLAS ""
#endif

/* One constant line for every set of kernels, so that nothing has to be put together at run time. */
#define LINE(kernels)                                                                                                  \
    {                                                                                                                  \
        kernels, "librnn " VERSION ", products own" CBLAS ", kernels " kernels ", compiler " COMPILER                  \
    }

RNN_API const char *rnn_build_info(void)
{
    static const struct {
        const char *kernels, *line;
    } lines[] = {LINE("baseline"), LINE("dotprod"),    LINE("avx2"),      LINE("avxvnni"),
                 LINE("avx512"),   LINE("avx512vnni"), LINE("avx512bf16")};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        if (!strcmp(lines[i].kernels, rnni_kernels()->name))
            return lines[i].line;
    return lines[0].line;
}

RNN_API const char *rnn_status_string(int32_t status)
{
    return rnni_status_text(status);
}

RNN_API const char *rnn_last_error(void)
{
    return rnni_status_message();
}
