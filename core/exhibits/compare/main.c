/* The program of the page that people open first: the lab with the commands of that page alone. */
#include <stddef.h>

#include "exhibits/compare/command.h"
#include "lab/list.h"
#include "lab/program.h"

const struct lab_command *const lab_commands[] = {&lab_list_command, &lab_compare_command, NULL};

int main(int argc, char **argv)
{
    return lab_program(argc, argv);
}
