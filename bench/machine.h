/* The limits of the machine: the best of many short groups, each of about a tenth of a millisecond, as other programs
 * take their part of the time.  With threads it is what all get together while all are at it. */
#ifndef MACHINE_H
#define MACHINE_H

#include "options.h"

/* Floating-point operations per second, two for each multiply-add, looked at for `duration` seconds. */
double machine_multiply_add(size_t threads, double duration);

/* Bytes per second that are read from the same `bytes` again and again; each thread has its own. */
double machine_read(size_t threads, size_t bytes, double duration);

/* Both, for working sets from 16 KB to 64 MB, as lines "name<TAB>value<TAB>unit". */
void machine_print(const struct options *options);

#endif
