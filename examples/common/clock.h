#ifndef CLOCK_H
#define CLOCK_H

/* Seconds on a clock that only goes forward. */
double now(void);

#endif
