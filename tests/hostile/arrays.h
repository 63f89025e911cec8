/* The arrays of random calls.  Each ends, or begins, at a page that cannot be read; under sanitizers each is a block of
 * its own.  Their addresses are multiples of the size of an element, and mostly of no more. */
#ifndef RNN_TESTS_ARRAYS_H
#define RNN_TESTS_ARRAYS_H

#include <stddef.h>
#include <stdint.h>

/* `data` may be NULL, also with a count.  A count that is wrong is the true one of a shorter or longer array, or beyond
 * the address space. */
struct floats {
    float *data;
    size_t count;
};
struct ints {
    int32_t *data;
    size_t count;
};
#define WITH(array) (array).data, (array).count /* two arguments */

struct floats in_floats(size_t count);                               /* rarely some that are not finite */
struct floats in_floats_from(size_t count, double low, double high); /* mostly within the bounds */
struct floats out_floats(size_t count);
struct floats no_floats(void);                                /* (NULL, 0) */
struct ints in_ints(size_t count, int32_t low, int32_t high); /* mostly low .. high */
struct ints out_ints(size_t count);
struct ints no_ints(void);

/* The same with the true count, for functions that take any count and have nothing to compare it with. */
struct floats exact_in_floats(size_t count);
struct floats exact_in_floats_from(size_t count, double low, double high);
struct floats exact_out_floats(size_t count);
struct ints exact_in_ints(size_t count, int32_t low, int32_t high);

/* Room for one output of these bytes; rarely NULL. */
void *out_bytes(size_t bytes);
#define OUT(type) ((type *)out_bytes(sizeof(type)))
size_t *out_size(void);                          /* one that a call may write that fails with RNN_E_SIZE */
void *in_bytes(const void *bytes, size_t count); /* a copy */

/* Numbers that live until free_kept: for arrays that the library keeps. */
struct floats kept_floats(size_t count);
void free_kept(void);

/* Of the calls: what arrays there are; arrays since then end; their content is recorded; and compared with the record:
 * what has changed, or NULL. */
size_t arrays_mark(void);
void arrays_release(size_t mark);
void arrays_record(size_t mark);
const char *arrays_changed(size_t mark, int refused, int sizes_may_change);

#endif
