#ifndef RNNI_RNN_CONFIG_H
#define RNNI_RNN_CONFIG_H

#include "model/definition.h"

struct rnn_config {
    struct rnni_definition definition;
    struct rnni_message message;
};

#endif
