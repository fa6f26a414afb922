package main

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// A crowd is goroutines that wait to receive from one channel.
type crowd struct {
	gate  chan struct{}
	left  atomic.Uint64 // how many have left through the gate
	empty chan struct{} // closed by the last of them
}

// gather returns when n goroutines wait, or are about to.
func gather(n uint64) *crowd {
	c := &crowd{gate: make(chan struct{}), empty: make(chan struct{})}
	var there sync.WaitGroup
	there.Add(int(n))
	member := func() {
		there.Done()
		<-c.gate
		if c.left.Add(1) == n {
			close(c.empty)
		}
	}
	for range n {
		go member()
	}
	there.Wait()
	return c
}

// disperse returns when all have ended, or are about to, and says how many.
func (c *crowd) disperse() uint64 {
	close(c.gate)
	<-c.empty
	return c.left.Load()
}

func park(n uint64, w *watch) uint64 {
	c := gather(n)
	w.stop()
	return c.disperse()
}

func unpark(n uint64, w *watch) uint64 {
	c := gather(n)
	w.restart()
	return c.disperse()
}

func idleProcess(n uint64, w *watch) uint64 {
	before := memory()
	c := gather(n)
	w.stopWithMemorySince(before)
	return c.disperse()
}

// unstartedProcess measures a thousand goroutines and counts that for all. The scheduler interrupts whoever makes more
// of them than fit in a time slice, or goes on until garbage is collected, and gives them their turns. Where there is a
// second thread, that takes them at once: nothing is left to measure.
func unstartedProcess(n uint64, w *watch) uint64 {
	if runtime.GOMAXPROCS(0) > 1 {
		notThere("unstarted_process with a second thread")
	}
	measured := min(n, 1_000)
	var ended sync.WaitGroup
	var count atomic.Uint64
	process := func() {
		count.Add(1)
		ended.Done()
	}
	ended.Add(int(n))
	runtime.Gosched() // Now a time slice begins.
	before := memory()
	for range measured {
		go process()
	}
	w.stopWithMemorySince(before)
	w.stopped.bytes = w.stopped.bytes * n / max(measured, 1)
	for range n - measured {
		go process()
	}
	ended.Wait()
	return count.Load()
}

func idleChannel(n uint64, w *watch) uint64 {
	all := make([]chan uint64, n)
	clear(all) // So that its pages are there already, and do not count.
	before := memory()
	for i := range all {
		all[i] = make(chan uint64)
	}
	w.stopWithMemorySince(before)
	count := uint64(0)
	for _, c := range all {
		if c != nil {
			count++
		}
	}
	return count
}

func afterAPeak(n uint64, w *watch) uint64 {
	before := memory()
	c := gather(n)
	ended := c.disperse()
	time.Sleep(3 * time.Second)
	w.stopWithMemorySince(before)
	return ended
}
