/* What rnn-bench can measure beside the rows; see there for what is printed. */
#ifndef MEASURES_H
#define MEASURES_H

#include "options.h"

void limits_print(const struct options *options);
void growth_print(const struct options *options);
void recompute_print(const struct options *options);
void silent_print(const struct options *options);
void latency_print(const struct options *options);
void contention_print(const struct options *options);
void widths_print(const struct options *options);
void products_print(const struct options *options);

#endif
