/* Preconditions between the files of the library.  They are checked in Debug builds and under sanitizers, never in a
 * Release build: the interface has validated everything that a caller can get wrong. */
#ifndef RNNI_ASSERTION_H
#define RNNI_ASSERTION_H

#ifdef RNNI_ASSERTIONS
#undef NDEBUG
#include <assert.h>
#define RNNI_ASSERT(condition) assert(condition)
#else
#define RNNI_ASSERT(condition) ((void)(0 && (condition))) /* compiled, so that it stays right, and never evaluated */
#endif

#endif
