#include "run/propagate.h"

#include "base/memory.h"
#include "run/episodes.h"
#include "run/list.h"
#include "session/network_session.h"

#include <string.h>

/* ---- a network of either form ------------------------------------------------------------------------------------ */

static void run_forward(struct rnn_session *session, float *y, struct rnni_input input)
{
    (session->list ? rnni_list_forward : rnni_stack_forward)(session, y, input);
}

static void run_backward(struct rnn_session *session, float *dx, const float *dy)
{
    (session->list ? rnni_list_backward : rnni_stack_backward)(session, dx, dy);
}

/* ---- the shape of a run ------------------------------------------------------------------------------------------ */

/* T, B and N of what the engine runs, and rows of the caller's arrays. */
struct shape {
    size_t steps, batch, rows, padded;
};

/* lengths [B], or NULL: all T. */
static struct shape shape_of(size_t steps, size_t batch, const int32_t *lengths)
{
    size_t padded = rnni_memory_multiply(steps, batch), rows = lengths ? 0 : padded;
    for (size_t b = 0; lengths && b < batch; b++)
        rows += (size_t)lengths[b];
    return (struct shape){steps, batch, rows, padded};
}

/* Of a run of the session that is arranged so, if it is: its sequences are the episodes. */
static struct shape shape_of_run(const struct rnn_session *session, const struct rnni_arrangement *a,
                                 const int32_t *lengths, size_t steps)
{
    if (!a->is_used)
        return shape_of(steps, session->batch, lengths);
    return (struct shape){a->longest, a->episodes, a->rows, a->steps * a->batch};
}

/* The rows of step `begun` and later ones are to be found where the caller has them. */
static void point_to_rows(struct rnn_session *session, size_t begun)
{
    const struct rnni_arrangement *a = &session->arranged;
    struct rnni_schedule *schedule = &session->work.schedule;
    if (!a->is_used)
        return;
    schedule->given = a->steps;
    schedule->source = a->source;
    schedule->offset = a->offset;
    schedule->begun = begun;
}

/* Whether a run is arranged, and its output has a row for each of the caller's. */
static int has_given_rows(const struct rnn_session *session)
{
    const struct rnni_layout *layout = &session->model->layout;
    return session->arranged.is_used && !layout->pools && !layout->changes_length;
}

/* ---- memory ------------------------------------------------------------------------------------------------------ */

/* A run over more steps than a segment has goes in segments. */
static int goes_in_segments(const struct rnn_session *session, size_t steps, size_t batch)
{
    size_t segment = rnni_session_segment(session, batch);
    return segment && steps > segment;
}

static size_t count_of(size_t steps, size_t segment)
{
    return (steps - 1) / segment + 1;
}

/* A block that may take the place of one of `room` elements. */
struct larger {
    void *block; /* NULL: the old one will do */
    size_t room;
};

static struct larger larger_than(size_t room, size_t wanted, size_t size)
{
    return wanted > room ? (struct larger){rnni_memory_take(wanted, size), wanted} : (struct larger){NULL, room};
}

static void put_in_place(void **block, size_t *room, struct larger larger)
{
    if (!larger.block)
        return;
    rnni_memory_release(*block);
    *block = larger.block;
    *room = larger.room;
}

/* All or nothing: where it fails, a saved run is still there.  Only training needs states and tokens again. */
static int32_t reserve_segments(struct rnn_session *session, struct shape shape, const char *function)
{
    struct rnni_segments *s = &session->segments;
    size_t segment = rnni_session_segment(session, shape.batch), slots = 0, entered = 0, steps = shape.steps;
    if (session->training)
        slots = count_of(steps, segment) + 1; /* the last: the state while backward goes back */
    if (session->training && session->model->layout.vocabulary)
        entered = shape.padded;
    if (session->training)
        steps = segment;
    size_t floats = rnni_memory_multiply(slots, rnni_network_session_kept_count(session, shape.batch));
    size_t rows = rnni_memory_multiply(steps, shape.batch);
    struct larger states = larger_than(s->states_room, floats, sizeof(float));
    struct larger tokens = larger_than(s->tokens_room, entered, sizeof(int32_t));
    struct larger lengths = larger_than(s->lengths_room, 2 * shape.batch, sizeof(int32_t));
    int32_t status = RNN_OK;
    if ((!states.block && states.room != s->states_room) || (!tokens.block && tokens.room != s->tokens_room) ||
        (!lengths.block && lengths.room != s->lengths_room))
        status = rnni_status_fail(&session->message, RNN_E_MEMORY, "%s: out of memory for %zu states", function, slots);
    if (!status)
        status =
            rnni_network_session_reserve(session, steps, shape.batch, rows < shape.rows ? rows : shape.rows, function);
    if (status) {
        rnni_memory_release(states.block);
        rnni_memory_release(tokens.block);
        rnni_memory_release(lengths.block);
        return status;
    }
    put_in_place(&s->states, &s->states_room, states);
    put_in_place(&s->tokens, &s->tokens_room, tokens);
    put_in_place(&s->lengths, &s->lengths_room, lengths);
    return RNN_OK;
}

/* ---- states ------------------------------------------------------------------------------------------------------ */

static float *slot(const struct rnn_session *session, size_t index)
{
    float *states = session->segments.states;
    size_t count = rnni_network_session_kept_count(session, session->batch);
    return count ? states + index * count : NULL; /* a list of layers may keep nothing */
}

/* ---- one segment ------------------------------------------------------------------------------------------------- */

/* Makes the schedule of segment `index`: how much of each sequence lies in it. */
static void begin_segment(struct rnn_session *session, size_t index)
{
    struct rnni_segments *s = &session->segments;
    size_t first = index * s->steps, steps = s->all - first < s->steps ? s->all - first : s->steps;
    int32_t *lengths = s->lengths, *within = lengths + session->batch; /* [B] */
    for (size_t b = 0; b < session->batch; b++) {
        size_t length = (size_t)lengths[b], left = length > first ? length - first : 0;
        within[b] = (int32_t)(left < steps ? left : steps);
    }
    session->masks.first_step = first;
    rnni_schedule_fill(&session->work.schedule, within, steps, session->batch);
    point_to_rows(session, first);
}

/* The first row of a segment in the caller's arrays; where rows are arranged, the schedule finds them. */
static size_t row_of(const struct rnn_session *session, size_t index)
{
    return session->arranged.is_used ? 0 : index * session->segments.steps * session->batch;
}

/* A segment of rows of `width` floats; NULL stays NULL. */
static float *part_of(const struct rnn_session *session, float *all, size_t index, size_t width)
{
    return all ? all + row_of(session, index) * width : NULL;
}

static struct rnni_input input_of(const struct rnn_session *session, size_t index)
{
    const struct rnni_segments *s = &session->segments;
    size_t first = row_of(session, index);
    if (session->model->layout.vocabulary)
        return (struct rnni_input){.tokens = s->entered + first};
    return (struct rnni_input){.x = s->x + first * session->model->layout.inputs};
}

static void begin_segments(struct rnn_session *session, struct rnni_input input, const int32_t *lengths,
                           struct shape shape)
{
    struct rnni_segments *s = &session->segments;
    int32_t *kept = s->lengths;
    s->all = shape.steps;
    s->steps = rnni_session_segment(session, session->batch);
    s->x = input.x;
    s->entered = input.tokens;
    if (input.tokens && session->training) {
        memcpy(s->tokens, input.tokens, shape.padded * sizeof *input.tokens);
        s->entered = s->tokens;
    }
    for (size_t b = 0; b < session->batch; b++)
        kept[b] = lengths ? lengths[b] : (int32_t)shape.steps;
}

static void forward_segments(struct rnn_session *session, float *y, struct rnni_input input, const int32_t *lengths,
                             struct shape shape)
{
    begin_segments(session, input, lengths, shape);
    for (size_t i = 0; i < count_of(shape.steps, session->segments.steps); i++) {
        if (session->training)
            rnni_network_session_keep(session, slot(session, i));
        begin_segment(session, i);
        run_forward(session, part_of(session, y, i, session->model->layout.outputs), input_of(session, i));
    }
}

static void backward_segments(struct rnn_session *session, float *dx, const float *dy)
{
    const struct rnni_layout *layout = &session->model->layout;
    size_t count = count_of(session->segments.all, session->segments.steps);
    rnni_network_session_keep(session, slot(session, count));
    for (size_t i = count; i-- > 0;) {
        const float *d = dy ? dy + row_of(session, i) * layout->outputs : NULL;
        begin_segment(session, i);
        if (i + 1 < count) { /* the last is still there */
            rnni_network_session_put(session, slot(session, i));
            run_forward(session, NULL, input_of(session, i));
        }
        run_backward(session, part_of(session, dx, i, layout->inputs), d);
    }
    rnni_network_session_put(session, slot(session, count));
}

/* ---- what the interface calls ------------------------------------------------------------------------------------ */

static int32_t reserve(struct rnn_session *session, struct shape shape, const char *function)
{
    if (goes_in_segments(session, shape.steps, shape.batch))
        return reserve_segments(session, shape, function);
    return rnni_network_session_reserve(session, shape.steps, shape.batch, shape.rows, function);
}

int32_t rnni_propagate_reserve(struct rnn_session *session, size_t steps, size_t batch, size_t rows,
                               const char *function)
{
    return reserve(session, (struct shape){steps, batch, rows, rnni_memory_multiply(steps, batch)}, function);
}

size_t rnni_propagate_output_steps(const struct rnn_session *session, size_t steps)
{
    return session->list ? rnni_list_output_steps(session, steps) : steps;
}

static int has_room(const struct rnn_session *session, struct shape shape)
{
    const struct rnni_workspace *w = &session->work;
    return shape.steps <= w->steps && shape.batch <= w->batch && shape.rows <= w->rows &&
           !goes_in_segments(session, shape.steps, shape.batch);
}

/* Rows of `width` floats that an arranged run may leave out become 0. */
static void clear_rows(const struct rnn_session *session, float *rows, size_t width)
{
    const struct rnni_arrangement *a = &session->arranged;
    if (a->is_used && rows)
        memset(rows, 0, a->steps * a->batch * width * sizeof *rows);
}

/* Room has been taken; lengths are those of what is run. */
static void run_all(struct rnn_session *session, float *y, struct rnni_input input, const int32_t *lengths,
                    struct shape shape)
{
    if (has_given_rows(session))
        clear_rows(session, y, session->model->layout.outputs);
    rnni_network_session_begin_run(session);
    if (goes_in_segments(session, shape.steps, shape.batch)) {
        forward_segments(session, y, input, lengths, shape);
        return;
    }
    rnni_schedule_fill(&session->work.schedule, lengths, shape.steps, shape.batch);
    point_to_rows(session, 0);
    run_forward(session, y, input);
}

/* The arrangement of the next run becomes that of the saved one. */
static void take_arrangement(struct rnn_session *session)
{
    struct rnni_arrangement old = session->arranged;
    session->arranged = session->another;
    session->another = old;
    rnni_arrangement_drop(&session->flags);
}

/* A run for training begins with masks of its own, and backward with gradients of the final state that are 0. */
int32_t rnni_propagate_forward(struct rnn_session *session, float *y, struct rnni_input input, const int32_t *lengths,
                               size_t steps, const char *function)
{
    RNNI_TRY(rnni_episodes_arrange(session, lengths, steps, function));
    struct shape shape = shape_of_run(session, &session->another, lengths, steps);
    if (!has_room(session, shape))
        RNNI_TRY(reserve(session, shape, function));
    take_arrangement(session);
    session->saved_output_steps = rnni_propagate_output_steps(session, steps);
    session->masks = session->next_masks;
    session->next_masks.run++;
    if (session->arranged.is_used)
        rnni_episodes_begin_forward(session);
    run_all(session, y, input, session->arranged.is_used ? session->arranged.lengths : lengths, shape);
    if (session->arranged.is_used)
        rnni_episodes_end_forward(session);
    if (session->training)
        rnni_network_session_clear_state_gradients(session);
    session->saved = RNNI_SAVED_FORWARD;
    session->saved_steps = steps;
    session->version = session->model->version;
    return RNN_OK;
}

void rnni_propagate_backward(struct rnn_session *session, float *dx, const float *dy)
{
    struct shape shape = shape_of_run(session, &session->arranged, NULL, session->saved_steps);
    int is_arranged = session->arranged.is_used;
    clear_rows(session, dx, session->model->layout.inputs);
    if (is_arranged)
        rnni_episodes_begin_backward(session);
    if (goes_in_segments(session, shape.steps, shape.batch))
        backward_segments(session, dx, dy);
    else
        run_backward(session, dx, dy);
    rnni_network_session_end_backward(session);
    if (is_arranged)
        rnni_episodes_end_backward(session);
    session->saved = RNNI_SAVED_BACKWARD;
}

void rnni_propagate_step(struct rnn_session *session, float *y, struct rnni_input input)
{
    session->saved = RNNI_SAVED_NOTHING;
    session->has_output = 1;
    if (session->list || session->work.fresh)
        rnni_network_session_begin_run(session);
    (session->list ? rnni_list_step : rnni_stack_step)(session, y, input);
}

/* The lengths of the caller's rows, unless the network makes other ones of them. */
void rnni_propagate_lengths(const struct rnn_session *session, int32_t *lengths)
{
    const struct rnni_schedule *schedule = session->list ? rnni_list_top(session) : &session->work.schedule;
    size_t batch = session->batch;
    if (has_given_rows(session))
        memcpy(lengths, session->arranged.given, batch * sizeof *lengths);
    else if (goes_in_segments(session, session->saved_steps, batch))
        memcpy(lengths, session->segments.lengths, batch * sizeof *lengths);
    else
        for (size_t r = 0; r < batch; r++)
            lengths[schedule->order[r]] = (int32_t)schedule->length[r];
}

int rnni_propagate_has_holes(const struct rnn_session *session)
{
    const struct rnni_arrangement *a = &session->arranged;
    size_t valid = 0;
    for (size_t b = 0; a->is_used && b < a->batch; b++)
        valid += (size_t)a->given[b];
    return has_given_rows(session) && a->rows != valid;
}

void rnni_propagate_step_mask(const struct rnn_session *session, int32_t *mask)
{
    const struct rnni_arrangement *a = &session->arranged;
    memset(mask, 0, a->steps * a->batch * sizeof *mask);
    for (size_t i = 0; i < a->rows; i++)
        mask[a->source[i]] = 1;
}
