/* The life of the program around its commands: signals and one command natively, a host's commands
 * one after another under WebAssembly. */
#ifndef LAB_LAB_PROGRAM_H
#define LAB_LAB_PROGRAM_H

int lab_program(int argc, char **argv);

#endif
