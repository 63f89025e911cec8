/* A model as a stream.  The session keeps the state from block to block, so the blocks give what one run over all
 * samples gives; and nothing is allocated after the first line. */
#include "amp.h"
#include "clock.h"

play_time play(float *y, rnn_model *model, const float *x, size_t count, size_t block)
{
    play_time time = {0, 0};
    rnn_session *session;

    check(rnn_session_create(&session, model, RNN_INFERENCE));
    check(rnn_session_reserve(session, block, 1));
    check(rnn_reset_state(session, 1));
    for (size_t t = 0; t < count; t += block) {
        size_t steps = count - t < block ? count - t : block;
        double began = now();
        check(rnn_forward(session, y + t, steps, x + t, steps, NULL, 0, steps));
        double taken = now() - began;
        time.seconds += taken;
        time.slowest = taken > time.slowest ? taken : time.slowest;
    }
    rnn_session_destroy(session);
    return time;
}
