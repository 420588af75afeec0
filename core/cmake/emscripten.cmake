# Toolchain file: any Emscripten of 3.1.69 or later, looked for in $EMSDK, on the PATH, and in the cache
# that .ci/setup.mjs fills. `cmake -P core/cmake/emscripten.cmake` only says where it is.

set(LAB_EMSCRIPTEN_MINIMUM 3.1.69)

if(DEFINED ENV{XDG_CACHE_HOME} AND NOT "$ENV{XDG_CACHE_HOME}" STREQUAL "")
  set(lab_cache "$ENV{XDG_CACHE_HOME}/concurrency-lab")
else()
  set(lab_cache "$ENV{HOME}/.cache/concurrency-lab")
endif()

# CMake reads a toolchain file again for every check it makes; the answer travels in the environment.
if("$ENV{LAB_EMSCRIPTEN_ROOT}" STREQUAL "")
  set(lab_candidates "")
  if(DEFINED ENV{EMSDK})
    list(APPEND lab_candidates "$ENV{EMSDK}/upstream/emscripten" "$ENV{EMSDK}")
  endif()
  find_program(LAB_EMCC_ON_PATH emcc NO_CACHE)
  if(LAB_EMCC_ON_PATH)
    get_filename_component(lab_emcc "${LAB_EMCC_ON_PATH}" REALPATH)
    get_filename_component(lab_folder "${lab_emcc}" DIRECTORY)
    list(APPEND lab_candidates "${lab_folder}")
  endif()
  list(APPEND lab_candidates "${lab_cache}/emscripten/usr/share/emscripten")
  foreach(lab_folder IN LISTS lab_candidates)
    if(EXISTS "${lab_folder}/emcc")
      execute_process(COMMAND "${lab_folder}/emcc" --version
        OUTPUT_VARIABLE lab_version ERROR_VARIABLE lab_error RESULT_VARIABLE lab_status)
      if(NOT lab_status EQUAL 0)
        message("-- Passing over ${lab_folder}/emcc: it does not run")
      elseif(NOT lab_version MATCHES "([0-9]+\\.[0-9]+\\.[0-9]+)")
        message("-- Passing over ${lab_folder}/emcc: it does not tell its version")
      elseif(CMAKE_MATCH_1 VERSION_LESS LAB_EMSCRIPTEN_MINIMUM)
        message("-- Passing over ${lab_folder}/emcc: it is ${CMAKE_MATCH_1}, and ${LAB_EMSCRIPTEN_MINIMUM} or later is needed")
      elseif(NOT EXISTS "${lab_folder}/cmake/Modules/Platform/Emscripten.cmake")
        message("-- Passing over ${lab_folder}/emcc: it has no CMake module")
      else()
        set(ENV{LAB_EMSCRIPTEN_ROOT} "${lab_folder}")
        break()
      endif()
    endif()
  endforeach()
endif()

if("$ENV{LAB_EMSCRIPTEN_ROOT}" STREQUAL "")
  message(FATAL_ERROR "No Emscripten ${LAB_EMSCRIPTEN_MINIMUM} or later: set EMSDK, or run `node .ci/setup.mjs emscripten`.")
endif()

if(CMAKE_SCRIPT_MODE_FILE)
  message(STATUS "$ENV{LAB_EMSCRIPTEN_ROOT}")
else()
  include("$ENV{LAB_EMSCRIPTEN_ROOT}/cmake/Modules/Platform/Emscripten.cmake")
  # For an object emcc does no more than to call clang with some flags more, and takes a second to start. So clang is
  # called at once where emcc says which flags these are.
  if("$ENV{LAB_EMSCRIPTEN_CLANG}" STREQUAL "")
    execute_process(COMMAND "$ENV{LAB_EMSCRIPTEN_ROOT}/em-config" LLVM_ROOT
      OUTPUT_VARIABLE lab_llvm OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_VARIABLE lab_error RESULT_VARIABLE lab_status)
    execute_process(COMMAND "$ENV{LAB_EMSCRIPTEN_ROOT}/emcc" --cflags -pthread
      OUTPUT_VARIABLE lab_flags OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_VARIABLE lab_error RESULT_VARIABLE lab_flags_status)
    set(ENV{LAB_EMSCRIPTEN_CLANG} "<CMAKE_C_COMPILER>")
    if(lab_status EQUAL 0 AND lab_flags_status EQUAL 0 AND lab_flags MATCHES "wasm32-unknown-emscripten"
        AND EXISTS "${lab_llvm}/clang")
      set(ENV{LAB_EMSCRIPTEN_CLANG} "\"${lab_llvm}/clang\" ${lab_flags}")
    endif()
  endif()
  set(CMAKE_C_COMPILE_OBJECT "$ENV{LAB_EMSCRIPTEN_CLANG} <DEFINES> <INCLUDES> <FLAGS> -o <OBJECT> -c <SOURCE>")
endif()
