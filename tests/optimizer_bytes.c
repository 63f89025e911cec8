#include "optimizer_bytes.h"

struct bytes bytes_of(const rnn_optimizer *optimizer)
{
    struct bytes bytes;
    assert_ok(rnn_optimizer_save_memory(optimizer, bytes.at, sizeof bytes.at, &bytes.count));
    return bytes;
}

void assert_same_bytes(const rnn_optimizer *optimizer, const struct bytes *before)
{
    struct bytes now = bytes_of(optimizer);
    assert_int_equal(now.count, before->count);
    assert_memory_equal(now.at, before->at, now.count);
}
