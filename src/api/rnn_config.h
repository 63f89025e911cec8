#ifndef RNNI_RNN_CONFIG_H
#define RNNI_RNN_CONFIG_H

#include "model/options.h"

struct rnn_config {
    struct rnni_options options;
    struct rnni_message message;
};

#endif
