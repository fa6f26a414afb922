// Command csp-bench-go runs the workloads of csp's benchmarks as a Go programmer would write them. What they are is
// said in benches/src/workloads.rs.
//
// How many threads there are is GOMAXPROCS, from the environment.
package main

import (
	"fmt"
	"os"
	"strconv"
)

// The exit statuses besides success.
const (
	exitUsage    = 2
	exitNotThere = 3
)

func main() {
	if len(os.Args) != 4 {
		usage()
	}
	n, times := count(os.Args[2]), count(os.Args[3])
	run, ok := workloads[os.Args[1]]
	if !ok {
		notThere(os.Args[1])
	}
	for range times {
		w := startWatch()
		answer := run(n, w)
		r := w.finish()
		fmt.Println(answer, r.wall.Nanoseconds(), r.processor.Nanoseconds(), r.bytes)
	}
}

// count reads a number from 1.
func count(arg string) uint64 {
	number, err := strconv.ParseUint(arg, 10, 32)
	if err != nil || number == 0 {
		usage()
	}
	return number
}

func notThere(workload string) {
	fmt.Fprintf(os.Stderr, "Go has no workload %s\n", workload)
	os.Exit(exitNotThere)
}

func usage() {
	fmt.Fprintln(os.Stderr, "usage: csp-bench-go WORKLOAD N TIMES\n"+
		"prints for each time: what the workload returned, nanoseconds on the wall and of the processor, and bytes")
	os.Exit(exitUsage)
}
