/* Windows and WebAssembly have no fork. */
#include "base/process.h"

#include <stddef.h>

struct rnni_process rnni_process_current(void)
{
    return (struct rnni_process){NULL, 0};
}

int rnni_process_is_current(const struct rnni_process *process)
{
    (void)process;
    return 1;
}

void rnni_process_release(struct rnni_process *process)
{
    (void)process;
}
