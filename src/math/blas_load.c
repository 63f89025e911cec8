/* A CBLAS that is loaded when it is first wanted, so that only programs that use it pay for it: OpenBLAS takes a
 * thread, memory and time at its start. */
#include "math/blas.h"

#include <dlfcn.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

static struct rnni_blas loaded = {.name = RNN_BLAS_NAME, .most = INT_MAX};
static int complete;
static char failure[256];

/* In POSIX an address from dlsym may be that of a function; C has no conversion for that. */
static int find(void *library, const char *name, void *function)
{
    void *address = dlsym(library, name);
    if (!address)
        snprintf(failure, sizeof failure, "%s has no function %s", loaded.name, name);
    memcpy(function, &address, sizeof address);
    return address != NULL;
}

static void load(void)
{
    void *library = dlopen(loaded.name, RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        const char *reason = dlerror();
        snprintf(failure, sizeof failure, "it cannot be loaded: %s", reason ? reason : loaded.name);
        return;
    }
    complete = find(library, "cblas_sgemv", &loaded.sgemv) && find(library, "cblas_sger", &loaded.sger) &&
               find(library, "cblas_sgemm", &loaded.sgemm);
}

const struct rnni_blas *rnni_blas(const char **reason)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, load);
    if (reason)
        *reason = failure;
    return complete ? &loaded : NULL;
}
