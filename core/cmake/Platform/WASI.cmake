# CMake knows WASI from 3.31 on.
set(WASI 1)
set(CMAKE_EXECUTABLE_SUFFIX .wasm)
