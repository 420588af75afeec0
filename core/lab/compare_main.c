/* The program of the page that people open first: the lab with the commands of that page alone. */
#include "lab/commands.h"
#include "lab/compare.h"
#include "lab/list.h"
#include "lab/program.h"

/* clang-format off */
LAB_COMPARE_COMMANDS(LAB_COMMAND_ADAPTER)

const struct lab_command lab_commands[] = {LAB_COMPARE_COMMANDS(LAB_COMMAND_ROW){0}};
/* clang-format on */

int main(int argc, char **argv)
{
    return lab_program(argc, argv);
}
