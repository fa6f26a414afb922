package main

import (
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// A watch runs while a workload does. What is only made ready for the measurement, or tidied up after it, can be left
// out.
type watch struct {
	wall      time.Time
	processor time.Duration
	stopped   *reading
}

// A reading is what a run took, or holds.
type reading struct {
	wall, processor time.Duration
	bytes           uint64 // 0 unless the workload has measured memory.
}

func startWatch() *watch {
	return &watch{wall: time.Now(), processor: processorTime()}
}

// restart forgets what was before.
func (w *watch) restart() {
	*w = *startWatch()
}

// stop leaves out what comes now.
func (w *watch) stop() {
	w.stopped = w.read(0)
}

// stopWithMemorySince makes count the memory held now beyond before.
func (w *watch) stopWithMemorySince(before uint64) {
	now := memory()
	w.stopped = w.read(now - min(before, now))
}

func (w *watch) finish() *reading {
	if w.stopped == nil {
		w.stop()
	}
	return w.stopped
}

func (w *watch) read(bytes uint64) *reading {
	return &reading{wall: time.Since(w.wall), processor: processorTime() - w.processor, bytes: bytes}
}

// processorTime is the processor's time that this program has used.
func processorTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// memory is what this program holds, in bytes: resident, and page tables.
func memory() uint64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		panic(err)
	}
	return 1024 * (kib(string(status), "VmRSS:") + kib(string(status), "VmPTE:"))
}

func kib(status, field string) uint64 {
	_, rest, _ := strings.Cut(status, field)
	line, _, _ := strings.Cut(rest, "\n")
	value, err := strconv.ParseUint(strings.TrimSpace(strings.TrimSuffix(line, "kB")), 10, 64)
	if err != nil {
		panic(err)
	}
	return value
}
