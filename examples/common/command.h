/* The command line of a program: its commands, each with a table of options that reads them and writes the help. */
#ifndef COMMAND_H
#define COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "number.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

typedef enum { WHOLE, REAL, WORD, FLAG } option_kind; /* int64_t, double, const char *, bool */

typedef struct {
    const char *name, *argument; /* "--units", "H"; "" for a FLAG */
    option_kind kind;
    void *value;        /* holds the default */
    double least, most; /* of a WHOLE or REAL */
    const char *help;
    bool *given; /* becomes true where the option is given; NULL: nobody asks */
} option;

typedef struct {
    const char *name;  /* "": the program is this command alone */
    const char *words; /* those that are no options, and must be given: "FOLDER"; NULL where there are none */
    size_t word_count;
    const option *options;
    size_t option_count;
    const char *help; /* lines after the first are indented by four */
} command;

/* Reads "--name=value", "--name value" and words, which become words[word_count]; dies at what is not there or not
 * enough.  True where only the help was wanted (or, where the program is one command, the version), and printed. */
bool command_parse(const command *c, const char **words, char **arguments);

/* One command of several: `run` gets the arguments behind its name, and prints the help where they are --help. */
typedef struct {
    const char *name;
    void (*run)(char **arguments);
} subcommand;

/* Runs the one that argv[1] names, --help (`about` and the help of all) or --version, and checks the output. */
void command_run(const subcommand *table, size_t count, const char *about, char **argv);

#endif
