/* Numbers of the command line. */
#ifndef NUMBER_H
#define NUMBER_H

#include <stdint.h>

#define MAX_WHOLE 9007199254740992.0 /* 2^53: every whole number up to here is a double */

/* The number that was given for an option such as "--seed"; die where it is none, or not from `least` to `most`. */
int64_t number_whole(const char *option, const char *given, double least, double most);
double number_real(const char *option, const char *given, double least, double most);

#endif
