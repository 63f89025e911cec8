/* The command line of parallel.  Rank 0 reads it and tells the others, so that there is one sentence where something is
 * wrong with it. */
#include "parallel.h"
#include "command.h"

const char program_name[] = "parallel";

/* True where only help or the version was wanted, and printed. */
static bool parse(options *o, const char **path, char **arguments)
{
    bool given[5] = {false}; /* the options that a checkpoint keeps */
    const option table[] = {
        {"--units", "H", WHOLE, &o->units, 1, 65536, "hidden units", &given[0]},
        {"--batch", "B", WHOLE, &o->batch, 1, MOST_SEQUENCES, "sequences of an update, of all ranks together",
         &given[1]},
        {"--length", "T", WHOLE, &o->length, 1, MOST_STEPS, "steps of the longest sequences; the shortest have half",
         &given[2]},
        {"--rate", "R", REAL, &o->rate, 1e-38, 1e38, "learning rate of Adam", &given[3]},
        {"--seed", "N", WHOLE, &o->seed, 0, MAX_WHOLE, "another seed, other initial weights and sequences", &given[4]},
        {"--updates", "N", WHOLE, &o->updates, 0, 1e9, "updates in all, those before --resume among them"},
        {"--report-every", "N", WHOLE, &o->report_every, 1, 1e9, "updates between lines of progress"},
        {"--save-every", "N", WHOLE, &o->save_every, 1, 1e9, "updates between checkpoints; the last is saved too"},
        {"--threads", "N", WHOLE, &o->threads, 1, 64, "threads of each rank; they change the time and nothing else"},
        {"--output", "CHECKPOINT", WORD, path, 0, 0, "where to save; the optimiser lies beside it"},
        {"--resume", "", FLAG, &o->resume, 0, 0, "goes on from the checkpoint, on any number of ranks"},
    };
    const command c = {
        .name = "",
        .options = table,
        .option_count = COUNT(table),
        .help =
            "Trains a GRU to repeat tokens a few steps later. Under mpirun -n RANKS each rank has its rows of every\n"
            "    batch, and the result is that of one process, up to rounding."};

    if (command_parse(&c, NULL, arguments))
        return true;
    for (size_t i = 0; o->resume && i < COUNT(table); i++)
        if (table[i].given && *table[i].given)
            die("%s is what the checkpoint says and can not be given with --resume", table[i].name);
    return false;
}

int main(int argc, char **argv)
{
    options o = {.units = 32,
                 .batch = 64,
                 .length = 40,
                 .seed = 1,
                 .rate = 0.01,
                 .updates = 400,
                 .report_every = 50,
                 .save_every = 100,
                 .threads = 1};
    const char *path = "parallel.safetensors";
    ranks r = ranks_begin();
    bool answered = false;

    (void)argc;
    if (r.rank == 0)
        answered = parse(&o, &path, argv + 1);
    ranks_share(&answered, sizeof answered);
    ranks_share(&o, sizeof o);
    if (!answered)
        train(&o, r, path);
    check_output();
    ranks_end();
    return 0;
}
