/* The program where there are threads. */
#include "lab/program.h"

int main(int argc, char **argv)
{
    return lab_program(argc, argv);
}
