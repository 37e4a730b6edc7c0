// The parts of PJRT's C interface, major version 0, that this package uses: the
// positions of functions in a plugin's table, and their arguments. Both only ever
// grow at the end within a major version.
#ifndef SEMROB_PROGRAMS_TABLE_H
#define SEMROB_PROGRAMS_TABLE_H

#include <stddef.h>

typedef struct {
	size_t size; // of the table in bytes
	void *extensions;
	size_t version_size;
	void *version_extensions;
	int major, minor;
	void *functions[];
} semrob_table;

enum {
	SEMROB_ERROR_DESTROY = 0,
	SEMROB_ERROR_MESSAGE = 1,
	SEMROB_PLATFORM_VERSION = 14,
	SEMROB_DEVICES = 16,
	SEMROB_COMPILE = 20,
	SEMROB_DEVICE_KIND = 26,
	SEMROB_DEVICE_DESCRIPTION = 29,
	SEMROB_EXECUTABLE_DESTROY = 40,
	SEMROB_OPTIMIZED_PROGRAM = 48,
	SEMROB_SERIALIZE = 49,
	SEMROB_LOADED_DESTROY = 50,
	SEMROB_GET_EXECUTABLE = 51,
	SEMROB_LOAD = 56,
	SEMROB_FUNCTIONS // the least number of functions of a usable table
};

// Every structure of arguments starts with its size and a list of extensions.
#define SEMROB_ARGUMENTS size_t size; void *extensions

typedef struct { SEMROB_ARGUMENTS; void *object; } semrob_object;
typedef struct { SEMROB_ARGUMENTS; const void *error; const char *text; size_t length; } semrob_message;
typedef struct { SEMROB_ARGUMENTS; void *object; const char *text; size_t length; } semrob_text;
typedef struct { SEMROB_ARGUMENTS; void *client; void **devices; size_t count; } semrob_devices;
typedef struct { SEMROB_ARGUMENTS; void *object; void *result; } semrob_get;

typedef struct { SEMROB_ARGUMENTS; char *code; size_t code_length; const char *format; size_t format_length; } semrob_program;
typedef struct { SEMROB_ARGUMENTS; void *executable; semrob_program *program; } semrob_optimized;

typedef struct {
	SEMROB_ARGUMENTS;
	void *client;
	const semrob_program *program;
	const char *options;
	size_t options_length;
	void *executable; // result, loaded
} semrob_compile;

typedef struct {
	SEMROB_ARGUMENTS;
	const void *executable;
	const char *bytes; // result
	size_t length;     // result
	void *holder;      // result: owns bytes
	void (*release)(void *holder);
} semrob_serialize;

typedef struct {
	SEMROB_ARGUMENTS;
	void *client;
	const char *bytes;
	size_t length;
	void *executable; // result, loaded
	const char *options;
	size_t options_length;
} semrob_load;

#define SEMROB_MOST 8 // plugins of a process

// semrob_copy_table returns a copy of a plugin's table in which compiling calls Go,
// with the slot, or NULL without memory.
semrob_table *semrob_copy_table(const semrob_table *of, int slot);

// semrob_call calls a function of a table. It returns an error or NULL.
void *semrob_call(const semrob_table *table, int function, void *arguments);

void semrob_release(const semrob_serialize *result);

// semrob_open loads a plugin as go-xla does and returns its table, or NULL and a
// message.
const semrob_table *semrob_open(const char *path, const char **message);

#endif
