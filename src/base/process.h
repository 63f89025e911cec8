/* Which process this is: a child of fork has a copy of all memory, but of the threads only the one that called fork. */
#ifndef RNNI_PROCESS_H
#define RNNI_PROCESS_H

#include <stdint.h>

struct rnni_process {
    const unsigned char *page; /* one byte that the system sets to 0 in a child; NULL where the system cannot */
    intmax_t id;
};

struct rnni_process rnni_process_current(void);
void rnni_process_release(struct rnni_process *process);

/* 1 in the process in which rnni_process_current was called, 0 in its children.  Costs one read of memory where the
 * system can mark the page, else one system call. */
int rnni_process_is_current(const struct rnni_process *process);

#endif
