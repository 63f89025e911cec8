#include "command.h"
#include "die.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <rnn.h>

/* ---- help ----------------------------------------------------------------------------------------------------- */

static void print_default(const option *o)
{
    if (o->kind == WHOLE && *(int64_t *)o->value != 0)
        printf(" (%" PRId64 ")", *(int64_t *)o->value);
    else if (o->kind == REAL && *(double *)o->value != 0)
        printf(" (%g)", *(double *)o->value);
    else if (o->kind == WORD && *(const char **)o->value && **(const char **)o->value)
        printf(" (%s)", *(const char **)o->value);
}

static bool is_whole_program(const command *c)
{
    return !*c->name;
}

/* What sentences call it. */
static const char *called(const command *c)
{
    return is_whole_program(c) ? program_name : c->name;
}

static void print_option(const option *o)
{
    char usage[64];

    snprintf(usage, sizeof usage, "%s %s", o->name, o->argument);
    printf("    %-24s %s", usage, o->help);
    print_default(o);
    printf("\n");
}

static void print_help(const command *c)
{
    printf("%s", program_name);
    if (!is_whole_program(c))
        printf(" %s", c->name);
    if (c->word_count > 0)
        printf(" %s", c->words);
    printf("%s\n    %s\n", c->option_count > 0 ? " [options]" : "", c->help);
    for (size_t i = 0; i < c->option_count; i++)
        print_option(&c->options[i]);
    if (is_whole_program(c))
        printf("    --help, --version\n");
}

static bool is_help(const char *argument)
{
    return strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0;
}

static bool is_version(const char *argument)
{
    return strcmp(argument, "--version") == 0;
}

/* True where an argument asks for something to be printed and no more, and that was done. */
static bool answer(const command *c, char **arguments)
{
    for (; *arguments; arguments++) {
        if (is_help(*arguments)) {
            print_help(c);
            return true;
        }
        if (is_whole_program(c) && is_version(*arguments)) {
            printf("%s\n", rnn_build_info());
            return true;
        }
    }
    return false;
}

/* ---- options -------------------------------------------------------------------------------------------------- */

static void set_option(const option *o, const char *given)
{
    if (o->kind == WORD)
        *(const char **)o->value = given;
    else if (o->kind == WHOLE)
        *(int64_t *)o->value = number_whole(o->name, given, o->least, o->most);
    else if (o->kind == REAL)
        *(double *)o->value = number_real(o->name, given, o->least, o->most);
    else
        *(bool *)o->value = true;
    if (o->given)
        *o->given = true;
}

/* The option called `name` (up to its end or "="); dies where there is none. */
static const option *find_option(const command *c, const char *name)
{
    size_t length = strcspn(name, "=");

    for (size_t i = 0; i < c->option_count; i++)
        if (strlen(c->options[i].name) == length && strncmp(c->options[i].name, name, length) == 0)
            return &c->options[i];
    if (is_whole_program(c))
        die("'%.*s' is no option; %s --help shows those there are", (int)length, name, program_name);
    die("%s has no option %.*s; %s %s --help shows those it has", c->name, (int)length, name, program_name, c->name);
}

/* Sets the option that is `*at`; returns where its value ends. */
static char **read_option(const command *c, char **at)
{
    const option *o = find_option(c, *at);
    const char *value = strchr(*at, '=');

    if (o->kind == FLAG && value)
        die("%s takes no value", o->name);
    if (o->kind == FLAG)
        value = "";
    else if (value)
        value++;
    else if (!(value = *++at))
        die("%s needs a value: %s", o->name, o->argument);
    set_option(o, value);
    return at;
}

/* "-" alone is a word: many programs call the standard input so. */
static bool is_option(const char *argument)
{
    return argument[0] == '-' && argument[1] != '\0';
}

bool command_parse(const command *c, const char **words, char **arguments)
{
    size_t count = 0;

    if (answer(c, arguments))
        return true;
    for (; *arguments; arguments++)
        if (is_option(*arguments) || c->word_count == 0) /* what no word is asked for can only be a mistaken option */
            arguments = read_option(c, arguments);
        else if (count < c->word_count)
            words[count++] = *arguments;
        else
            die("%s takes %s and no more, but '%s' came too", called(c), c->words, *arguments);
    if (count < c->word_count)
        die("%s needs %s", called(c), c->words);
    return false;
}

/* ---- commands ------------------------------------------------------------------------------------------------- */

static void print_all_help(const subcommand *table, size_t count, const char *about)
{
    char *help[] = {"--help", NULL};

    printf("%s: %s\n\n", program_name, about);
    for (size_t i = 0; i < count; i++) {
        table[i].run(help);
        printf("\n");
    }
    printf("%s --version\n    Prints how the library was built.\n", program_name);
}

/* The names of all commands: "train, sample or validate". */
static const char *list(char words[128], const subcommand *table, size_t count)
{
    size_t length = 0;

    for (size_t i = 0; i < count && length < 128; i++)
        length += (size_t)snprintf(words + length, 128 - length, "%s%s", i == 0 ? "" : (i + 1 == count ? " or " : ", "),
                                   table[i].name);
    return words;
}

static const subcommand *find_command(const subcommand *table, size_t count, const char *name)
{
    char words[128];

    if (!name)
        die("no command given: %s; %s --help shows how", list(words, table, count), program_name);
    for (size_t i = 0; i < count; i++)
        if (strcmp(name, table[i].name) == 0)
            return &table[i];
    die("'%s' is no command: %s; %s --help shows how", name, list(words, table, count), program_name);
}

void command_run(const subcommand *table, size_t count, const char *about, char **argv)
{
    const char *name = argv[0] ? argv[1] : NULL;

    if (name && is_help(name))
        print_all_help(table, count, about);
    else if (name && is_version(name))
        printf("%s\n", rnn_build_info());
    else
        find_command(table, count, name)->run(argv + 2);
    check_output();
}
