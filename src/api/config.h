#ifndef RNNI_CONFIG_H
#define RNNI_CONFIG_H

#include "network/options.h"

struct rnn_config {
    struct rnni_options options;
    struct rnni_sentence sentence;
};

#endif
