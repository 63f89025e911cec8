/* An allocator that counts its calls and fails on request. It replaces malloc, calloc, realloc and free in a program
 * that is linked with --wrap for them, for all calls of the library and of the tests, but not for those inside the
 * BLAS, CMocka and the C library. */
#ifndef RNN_TESTS_ALLOCATOR_H
#define RNN_TESTS_ALLOCATOR_H

#include <stddef.h>

struct allocator {
    size_t calls;   /* number of allocations so far */
    size_t fail_at; /* this allocation fails, counted from 1; 0: none */
    int for_good;   /* all later ones fail too */
    size_t live;    /* blocks that are not freed */
    int paused;     /* 1: none fails, and none is counted */
    size_t largest; /* larger blocks cannot be had; 0: of any size */
};
extern struct allocator memory;

#endif
