/* Rows of what a training has beside its network: a loss, an optimiser. */
#ifndef KIT_H
#define KIT_H

#include "options.h"

/* A line "row name<TAB>microseconds" for each that is asked for. */
void kit_print(const struct options *options);

#endif
