/* The fixed workloads.  Their names and numbers stay as they are: figures of years are compared by them. */
#ifndef ROWS_H
#define ROWS_H

#include "job.h"
#include "options.h"

/* Calls `visit` for every row that is asked for. */
typedef void rows_visitor(const struct options *options, const char *name, const struct cell *cell,
                          struct workload work);
void rows_visit(const struct options *options, rows_visitor *visit);

/* A line "row name<TAB>microseconds" for each. */
void rows_print(const struct options *options);

#endif
