#include "lab/lab.h"
#include "lab/program.h"
#include "platform/command.h"

int lab_program(int argc, char **argv)
{
    bool stopped;
    while (lab_command_next(&argc, &argv)) {
        lab_begin(argc, argv);
        while (!lab_step()) {
        }
        int status = lab_end(&stopped);
        lab_command_done(status, stopped);
    }
    return 0;
}
