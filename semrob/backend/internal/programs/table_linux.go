//go:build cgo

package programs

// #cgo CFLAGS: -O2
// #cgo LDFLAGS: -ldl
// #include <stdlib.h>
// #include "table.h"
import "C"

import (
	"bytes"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"time"
	"unsafe"

	"github.com/gomlx/go-xla/pjrt"
)

// slots are the plugins of this process whose programs are kept, by the number
// that the table's function passes.
var slots struct {
	sync.RWMutex
	of [C.SEMROB_MOST]*slot
}

// slot is a plugin whose programs are kept.
type slot struct {
	plugin *C.semrob_table // its own
	keeper *Keeper
}

// Register loads the plugin and gives it to go-xla under name, which must look like
// an absolute path. Its programs are kept by keeper.
func Register(name, path string, keeper *Keeper) error {
	slots.Lock()
	defer slots.Unlock()
	free := -1
	for i, s := range slots.of {
		if s == nil {
			free = i
			break
		}
	}
	if free < 0 {
		return fmt.Errorf("%w: %d plugins are open", ErrUnable, len(slots.of))
	}
	file := C.CString(path)
	defer C.free(unsafe.Pointer(file))
	var message *C.char
	table := C.semrob_open(file, &message)
	if table == nil {
		return errors.New(C.GoString(message))
	}
	functions := (uintptr(table.size) - unsafe.Sizeof(*table)) / unsafe.Sizeof(uintptr(0))
	if table.major != 0 || functions < C.SEMROB_FUNCTIONS {
		return fmt.Errorf("%w: PJRT %d.%d", ErrUnable, table.major, table.minor)
	}
	own := C.semrob_copy_table(table, C.int(free))
	if own == nil {
		return fmt.Errorf("%w: no memory", ErrUnable)
	}
	// go-xla compiles only for clients, which are created later.
	slots.of[free] = &slot{table, keeper}
	if err := pjrt.RegisterPreloadedPlugin(name, uintptr(unsafe.Pointer(own))); err != nil {
		slots.of[free] = nil
		return err
	}
	return nil
}

// semrobCompile is PJRT_Client_Compile of a registered plugin.
//
//export semrobCompile
func semrobCompile(number C.int, arguments unsafe.Pointer) unsafe.Pointer {
	slots.RLock()
	s := slots.of[number]
	slots.RUnlock()
	args := (*C.semrob_compile)(arguments)
	if s.keeper.trying() {
		return s.compileAgain(args)
	}
	entry := s.keeper.name(s.identity(args))
	if data := s.keeper.get(entry); data != nil {
		executable, err := s.load(args, data)
		if err == nil {
			args.executable = executable
			s.keeper.count(true)
			return nil
		}
		s.keeper.damaged(entry, err)
	}
	start := time.Now()
	if failure := s.call(C.SEMROB_COMPILE, arguments); failure != nil {
		return failure
	}
	s.keeper.count(false)
	if took := time.Since(start); took >= s.keeper.least {
		s.keeper.put(entry, func() ([]byte, error) { return s.serialize(args.executable) })
	}
	return nil
}

// compileAgain compiles, and replaces the program with one that was serialised and
// loaded.
func (s *slot) compileAgain(args *C.semrob_compile) unsafe.Pointer {
	if failure := s.call(C.SEMROB_COMPILE, unsafe.Pointer(args)); failure != nil {
		return failure
	}
	data, err := s.serialize(args.executable)
	var again unsafe.Pointer
	if err == nil {
		again, err = s.load(args, data)
	}
	s.keeper.tried(err)
	if err == nil {
		s.destroy(C.SEMROB_LOADED_DESTROY, args.executable)
		args.executable = again
	}
	return nil
}

// destroy calls a function that destroys an object. Its error would only repeat that
// the object is gone.
func (s *slot) destroy(function C.int, object unsafe.Pointer) {
	args := &C.semrob_object{object: object}
	args.size = C.sizeof_semrob_object
	_ = s.try(function, unsafe.Pointer(args))
}

func (s *slot) call(function C.int, arguments unsafe.Pointer) unsafe.Pointer {
	return C.semrob_call(s.plugin, function, arguments)
}

// try calls a function, and turns PJRT's error into a Go error.
func (s *slot) try(function C.int, arguments unsafe.Pointer) error {
	failure := s.call(function, arguments)
	if failure == nil {
		return nil
	}
	message := &C.semrob_message{error: failure}
	message.size = C.sizeof_semrob_message
	s.call(C.SEMROB_ERROR_MESSAGE, unsafe.Pointer(message))
	text := strings.Join(strings.Fields(C.GoStringN(message.text, C.int(message.length))), " ")
	destroy := &C.semrob_object{object: failure}
	destroy.size = C.sizeof_semrob_object
	s.call(C.SEMROB_ERROR_DESTROY, unsafe.Pointer(destroy))
	return errors.New(text)
}

// identity is everything about a compilation that only the plugin knows: program,
// options, and the client's platform and devices.
func (s *slot) identity(args *C.semrob_compile) []string {
	program := args.program
	parts := []string{
		fmt.Sprintf("PJRT %d.%d", s.plugin.major, s.plugin.minor),
		bytesAt(program.format, program.format_length),
		bytesAt(program.code, program.code_length),
		bytesAt(args.options, args.options_length),
		s.textOf(C.SEMROB_PLATFORM_VERSION, args.client),
	}
	devices := &C.semrob_devices{client: args.client}
	devices.size = C.sizeof_semrob_devices
	if err := s.try(C.SEMROB_DEVICES, unsafe.Pointer(devices)); err != nil {
		return append(parts, err.Error())
	}
	for _, device := range unsafe.Slice(devices.devices, devices.count) {
		get := &C.semrob_get{object: device}
		get.size = C.sizeof_semrob_get
		if err := s.try(C.SEMROB_DEVICE_DESCRIPTION, unsafe.Pointer(get)); err != nil {
			parts = append(parts, err.Error())
			continue
		}
		parts = append(parts, s.textOf(C.SEMROB_DEVICE_KIND, get.result))
	}
	return parts
}

// textOf returns the result of a function with one text, or its error's text.
func (s *slot) textOf(function C.int, object unsafe.Pointer) string {
	text := &C.semrob_text{object: object}
	text.size = C.sizeof_semrob_text
	if err := s.try(function, unsafe.Pointer(text)); err != nil {
		return err.Error()
	}
	return bytesAt(text.text, text.length)
}

func bytesAt(at *C.char, length C.size_t) string {
	return string(unsafe.Slice((*byte)(unsafe.Pointer(at)), length))
}

// serialize returns a loaded executable as bytes.
func (s *slot) serialize(loaded unsafe.Pointer) ([]byte, error) {
	get := &C.semrob_get{object: loaded}
	get.size = C.sizeof_semrob_get
	if err := s.try(C.SEMROB_GET_EXECUTABLE, unsafe.Pointer(get)); err != nil {
		return nil, err
	}
	defer s.destroy(C.SEMROB_EXECUTABLE_DESTROY, get.result)
	if err := s.checkSerializable(get.result); err != nil {
		return nil, err
	}
	result := &C.semrob_serialize{executable: get.result}
	result.size = C.sizeof_semrob_serialize
	if err := s.try(C.SEMROB_SERIALIZE, unsafe.Pointer(result)); err != nil {
		return nil, err
	}
	defer C.semrob_release(result)
	return []byte(bytesAt(result.bytes, result.length)), nil
}

// oneDNN is the start of the names of oneDNN's operations in XLA on a CPU. XLA's
// serialisation takes such an operation for one of another type, and reads memory that
// is not its own.
const oneDNN = "__onednn$"

// checkSerializable returns errOneDNN for a program with operations of oneDNN.
func (s *slot) checkSerializable(executable unsafe.Pointer) error {
	// The first call gives the length.
	program := (*C.semrob_program)(C.calloc(1, C.sizeof_semrob_program))
	defer C.free(unsafe.Pointer(program))
	program.size = C.sizeof_semrob_program
	args := &C.semrob_optimized{executable: executable, program: program}
	args.size = C.sizeof_semrob_optimized
	if err := s.try(C.SEMROB_OPTIMIZED_PROGRAM, unsafe.Pointer(args)); err != nil {
		return fmt.Errorf("reading the compiled program: %w", err)
	}
	program.code = (*C.char)(C.malloc(program.code_length))
	defer C.free(unsafe.Pointer(program.code))
	if err := s.try(C.SEMROB_OPTIMIZED_PROGRAM, unsafe.Pointer(args)); err != nil {
		return fmt.Errorf("reading the compiled program: %w", err)
	}
	if bytes.Contains(unsafe.Slice((*byte)(unsafe.Pointer(program.code)), program.code_length), []byte(oneDNN)) {
		return errOneDNN
	}
	return nil
}

// load returns a loaded executable from bytes of serialize.
func (s *slot) load(args *C.semrob_compile, data []byte) (unsafe.Pointer, error) {
	var pinner runtime.Pinner
	defer pinner.Unpin()
	pinner.Pin(&data[0])
	load := &C.semrob_load{client: args.client, bytes: (*C.char)(unsafe.Pointer(&data[0])), length: C.size_t(len(data))}
	load.size = C.sizeof_semrob_load
	if err := s.try(C.SEMROB_LOAD, unsafe.Pointer(load)); err != nil {
		return nil, err
	}
	return load.executable, nil
}
