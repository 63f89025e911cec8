/* A hash of all that the public functions show of an object: options, parameters, states, gradients, batches, results.
 * Taking it changes nothing. */
#ifndef RNN_TESTS_SNAPSHOT_H
#define RNN_TESTS_SNAPSHOT_H

#include "hostile/objects.h"

uint64_t snapshot_of(const struct object *object);

#endif
