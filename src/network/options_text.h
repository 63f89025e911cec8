/* Options as the text that stands for them in the metadata of a checkpoint. */
#ifndef RNNI_OPTIONS_TEXT_H
#define RNNI_OPTIONS_TEXT_H

#include "network/options.h"

/* Integers in decimal; reals as hexadecimal integers with a binary exponent: exact, and without a decimal point, which
 * depends on the locale; strtod and Python's float.fromhex read them.  Unset reals are not written. */
void rnni_options_write(char text[RNNI_TEXT_SIZE], const struct rnni_options *options,
                        const struct rnni_option *option);

/* RNN_E_UNSUPPORTED for a cell, RNN_E_FORMAT for another option that this version does not take. */
int32_t rnni_options_read(struct rnni_options *options, const struct rnni_option *option, const char *text,
                          const char *function);

/* By its name in a checkpoint; NULL where there is none. */
const struct rnni_option *rnni_options_find_note(const char *note);

#endif
