#define _DEFAULT_SOURCE /* MAP_ANONYMOUS, madvise, which -std=c11 hides */

#include "base/process.h"

#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>

#ifdef MADV_WIPEONFORK /* Linux 4.14 */
static const unsigned char *take_page(void)
{
    size_t size = (size_t)sysconf(_SC_PAGESIZE);
    unsigned char *page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED)
        return NULL;
    if (madvise(page, size, MADV_WIPEONFORK) != 0) {
        munmap(page, size);
        return NULL;
    }
    *page = 1;
    return page;
}
#else
static const unsigned char *take_page(void)
{
    return NULL;
}
#endif

struct rnni_process rnni_process_current(void)
{
    return (struct rnni_process){take_page(), (intmax_t)getpid()};
}

int rnni_process_is_current(const struct rnni_process *process)
{
    return process->page ? *(const volatile unsigned char *)process->page : (intmax_t)getpid() == process->id;
}

void rnni_process_release(struct rnni_process *process)
{
    if (process->page)
        munmap((void *)(uintptr_t)process->page, (size_t)sysconf(_SC_PAGESIZE));
    process->page = NULL;
}
