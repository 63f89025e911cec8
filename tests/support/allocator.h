/* The allocator under watch.  In a program that is linked with --wrap for malloc, calloc, realloc and free, all calls
 * of them that the library and the tests make come here; those inside the BLAS, CMocka and the C library do not. */
#ifndef RNN_TESTS_ALLOCATOR_H
#define RNN_TESTS_ALLOCATOR_H

#include <stddef.h>

struct allocator {
    size_t calls;   /* for memory, so far */
    size_t fail_at; /* this call, counted from 1, finds none; 0: all find it */
    int for_good;   /* nor do those after it */
    size_t live;    /* blocks that are taken and not released */
};
extern struct allocator memory;

#endif
