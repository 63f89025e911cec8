/* The input product U x + b of many rows at once, with its layer normalisation. */
#ifndef RNNI_INPUT_PRODUCT_H
#define RNNI_INPUT_PRODUCT_H

#include "run/pass.h"

/* Rows of an input product, and where they stand in what enters and in the gates. */
struct rnni_input_rows {
    size_t from, to, count;
    struct rnni_lines from_lines, to_lines;
};

/* Into tape.a. */
void rnni_input_product_forward(const struct rnni_pass *pass, const struct rnni_input_rows *rows);

/* The first `count` rows. */
void rnni_input_product_once(const struct rnni_pass *pass, size_t count);

#endif
