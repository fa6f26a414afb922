package main

import (
	"runtime"
	"sync/atomic"
	"time"
)

// workloads has what the benchmarks know under these names. Each runs n operations and returns a checksum, and the
// goroutines that it starts have ended, or are about to, when it returns.
var workloads = map[string]func(n uint64, w *watch) uint64{
	"ping_pong":         pingPong,
	"large_value":       largeValue,
	"commstime":         commstime,
	"sieve":             sieve,
	"daisy_chain":       daisyChain,
	"daisy_chain_cold":  daisyChain,
	"skynet":            skynet,
	"alts_4":            altsParked(4, choose4),
	"alts_16":           altsParked(16, choose16),
	"alts_64":           altsParked(64, choose64),
	"alts_ready_4":      altsReady(4, choose4),
	"alts_ready_16":     altsReady(16, choose16),
	"alts_ready_64":     altsReady(64, choose64),
	"buffered_128":      buffered,
	"fan_in_16":         fanIn,
	"spawn_and_receive": spawnAndReceive,
	"yield":             yield,
	"timeouts":          timeouts,
	"sleepers_100k":     sleepers(500 * time.Millisecond),
	"sleepers_1m":       sleepers(2 * time.Second),
	"park_cold":         park,
	"unpark":            unpark,
	"idle_process":      idleProcess,
	"unstarted_process": unstartedProcess,
	"idle_channel":      idleChannel,
	"after_a_peak":      afterAPeak,
}

func pingPong(n uint64, _ *watch) uint64 {
	there, back := make(chan uint64), make(chan uint64)
	go func() {
		for i := range there {
			back <- i
		}
	}()
	sum := uint64(0)
	for i := range n {
		there <- i
		sum += <-back
	}
	close(there)
	return sum
}

func largeValue(n uint64, _ *watch) uint64 {
	type large struct{ words [128]uint64 }
	there, back := make(chan large), make(chan large)
	go func() {
		for value := range there {
			back <- value
		}
	}()
	sum := uint64(0)
	for i := range n {
		var value large
		value.words[0] = i
		there <- value
		value = <-back
		sum += value.words[0]
	}
	close(there)
	return sum
}

func commstime(n uint64, _ *watch) uint64 {
	a, b, c, d := make(chan uint64), make(chan uint64), make(chan uint64), make(chan uint64)
	quit := make(chan struct{})
	go func() { // prefix, and where the ring is opened in the end
		defer close(a)
		a <- 0
		for i := range c {
			select {
			case <-quit:
				return
			default:
			}
			a <- i
		}
	}()
	go func() { // delta
		defer close(b)
		defer close(d)
		for i := range a {
			b <- i
			d <- i
		}
	}()
	go func() { // successor
		defer close(c)
		for i := range b {
			c <- i + 1
		}
	}()
	sum := uint64(0)
	for range n {
		sum += <-d
	}
	close(quit)
	for range d {
	}
	return sum
}

func sieve(n uint64, _ *watch) uint64 {
	numbers, quit := make(chan uint64), make(chan struct{})
	go generate(numbers, quit)
	prime := uint64(0)
	for range n {
		prime = <-numbers
		others := make(chan uint64)
		go filter(numbers, others, prime)
		numbers = others
	}
	close(quit)
	for range numbers {
	}
	return prime
}

func generate(out chan<- uint64, quit <-chan struct{}) {
	defer close(out)
	for i := uint64(2); ; i++ {
		select {
		case out <- i:
		case <-quit:
			return
		}
	}
}

func filter(in <-chan uint64, out chan<- uint64, prime uint64) {
	defer close(out)
	for i := range in {
		if i%prime != 0 {
			out <- i
		}
	}
}

func daisyChain(n uint64, _ *watch) uint64 {
	first := make(chan uint64)
	right := first
	for range n {
		from, left := right, make(chan uint64)
		go func() { left <- 1 + <-from }()
		right = left
	}
	first <- 0
	return <-right
}

func skynet(n uint64, _ *watch) uint64 {
	c := make(chan uint64)
	go node(c, 0, n)
	return <-c
}

func node(out chan<- uint64, first, leaves uint64) {
	if leaves == 1 {
		out <- first
		return
	}
	c := make(chan uint64)
	for child := range uint64(10) {
		go node(c, first+child*(leaves/10), leaves/10)
	}
	sum := uint64(0)
	for range 10 {
		sum += <-c
	}
	out <- sum
}

func altsParked(width uint64, choose chooser) func(n uint64, _ *watch) uint64 {
	return func(n uint64, _ *watch) uint64 {
		channels := make([]chan uint64, width)
		for first := range width {
			c := make(chan uint64)
			channels[first] = c
			go produce(c, first, n, width)
		}
		sum := uint64(0)
		for range n {
			value, _ := choose(channels)
			sum += value
		}
		return sum
	}
}

// produce sends every step-th number from first that is below n.
func produce(out chan<- uint64, first, n, step uint64) {
	for i := first; i < n; i += step {
		out <- i
	}
}

func altsReady(width uint64, choose chooser) func(n uint64, _ *watch) uint64 {
	return func(n uint64, _ *watch) uint64 {
		channels := make([]chan uint64, width)
		for i := range width {
			channels[i] = make(chan uint64, 1)
			if i < n {
				channels[i] <- i
			}
		}
		sum := uint64(0)
		for i := width; i < n; i++ {
			value, c := choose(channels)
			sum += value
			c <- i
		}
		for range min(width, n) {
			value, _ := choose(channels)
			sum += value
		}
		return sum
	}
}

func buffered(n uint64, _ *watch) uint64 {
	c := make(chan uint64, 128)
	go func() {
		defer close(c)
		produce(c, 0, n, 1)
	}()
	sum := uint64(0)
	for i := range c {
		sum += i
	}
	return sum
}

func fanIn(n uint64, _ *watch) uint64 {
	c := make(chan uint64)
	for first := range uint64(16) {
		go produce(c, first, n, 16)
	}
	sum := uint64(0)
	for range n {
		sum += <-c
	}
	return sum
}

func spawnAndReceive(n uint64, _ *watch) uint64 {
	sum := uint64(0)
	for i := range n {
		c := make(chan uint64)
		go func() { c <- i }()
		sum += <-c
	}
	return sum
}

func yield(n uint64, _ *watch) uint64 {
	counts := make(chan uint64)
	for range 2 {
		go func() {
			count := uint64(0)
			for range n / 2 {
				runtime.Gosched()
				count++
			}
			counts <- count
		}()
	}
	return <-counts + <-counts
}

func timeouts(n uint64, _ *watch) uint64 {
	c := make(chan struct{}, 1)
	c <- struct{}{}
	count := uint64(0)
	for range n {
		timeout := time.NewTimer(time.Minute)
		select {
		case <-c:
			count++
		case <-timeout.C:
		}
		timeout.Stop()
		c <- struct{}{}
	}
	return count
}

func sleepers(spread time.Duration) func(n uint64, _ *watch) uint64 {
	return func(n uint64, _ *watch) uint64 {
		var count atomic.Uint64
		ended := make(chan struct{})
		for i := range n {
			go func() {
				time.Sleep(spread * time.Duration(i*7919%n) / time.Duration(n))
				if count.Add(1) == n {
					close(ended)
				}
			}()
		}
		<-ended
		return count.Load()
	}
}
