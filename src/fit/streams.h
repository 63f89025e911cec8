/* What sequences that are learned in pieces leave for the next batch: where each of them is, and its state.  It is one
 * array of floats, which files have as it is. */
#ifndef RNNI_STREAMS_H
#define RNNI_STREAMS_H

#include <stddef.h>

#define RNNI_STREAMS_HEAD 4 /* floats in front of a state: the place in the order and the step, two each */

struct rnni_streams {
    float *rows;  /* [room,width] or NULL */
    size_t count; /* sequences that go on, the first rows: their places in the order increase */
    size_t room;
    size_t width; /* RNNI_STREAMS_HEAD, and the floats of a state */
};

/* Room for so many rows, with states of so many floats; keeps the rows there are, whose width must be the same.
 * 0: out of memory, and nothing is changed. */
int rnni_streams_reserve(struct rnni_streams *streams, size_t room, size_t state);
void rnni_streams_release(struct rnni_streams *streams);

/* Of row i: the place of the sequence in the order of the epoch, its next step, its state. */
size_t rnni_streams_place(const struct rnni_streams *streams, size_t i);
size_t rnni_streams_step(const struct rnni_streams *streams, size_t i);
float *rnni_streams_state(const struct rnni_streams *streams, size_t i);
void rnni_streams_set(struct rnni_streams *streams, size_t i, size_t place, size_t step);

/* Whether the rows, which a file had, are possible: places increase and are below `begun`. */
int rnni_streams_are_valid(const struct rnni_streams *streams, size_t begun);

#endif
