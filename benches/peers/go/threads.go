package main

import "sync"

func init() {
	// Between threads, as there are two of them.
	workloads["threads_ping_pong"] = pingPong
	workloads["1-1_cap_0"] = exchange(1, 1, 0)
	workloads["1-1_cap_1"] = exchange(1, 1, 1)
	workloads["1-1_cap_128"] = exchange(1, 1, 128)
	workloads["2-1_cap_0"] = exchange(2, 1, 0)
	workloads["2-1_cap_1"] = exchange(2, 1, 1)
	workloads["2-1_cap_128"] = exchange(2, 1, 128)
	workloads["1-2_cap_0"] = exchange(1, 2, 0)
	workloads["1-2_cap_1"] = exchange(1, 2, 1)
	workloads["1-2_cap_128"] = exchange(1, 2, 128)
	workloads["2-2_cap_0"] = exchange(2, 2, 0)
	workloads["2-2_cap_1"] = exchange(2, 2, 1)
	workloads["2-2_cap_128"] = exchange(2, 2, 128)
	workloads["mandelbrot_1"] = fanOut(mandelbrot, 1)
	workloads["mandelbrot_2"] = fanOut(mandelbrot, 2)
	workloads["monte_carlo_1"] = fanOut(monteCarlo, 1)
	workloads["monte_carlo_2"] = fanOut(monteCarlo, 2)
	workloads["threads_skynet"] = skynet
}

func exchange(producers, consumers uint64, capacity int) func(n uint64, _ *watch) uint64 {
	return func(n uint64, _ *watch) uint64 {
		c, sums := make(chan uint64, capacity), make(chan uint64)
		var all sync.WaitGroup
		for first := range producers {
			all.Go(func() { produce(c, first, n, producers) })
		}
		go func() {
			all.Wait()
			close(c)
		}()
		for range consumers {
			go func() {
				sum := uint64(0)
				for i := range c {
					sum += i
				}
				sums <- sum
			}()
		}
		sum := uint64(0)
		for range consumers {
			sum += <-sums
		}
		return sum
	}
}

// fanOut does n jobs, what each gives depends on its number alone.
func fanOut(job func(number, of uint64) uint64, workers int) func(n uint64, _ *watch) uint64 {
	return func(n uint64, _ *watch) uint64 {
		numbers, sums := make(chan uint64, 128), make(chan uint64)
		for range workers {
			go func() {
				sum := uint64(0)
				for number := range numbers {
					sum += job(number, n)
				}
				sums <- sum
			}()
		}
		produce(numbers, 0, n, 1)
		close(numbers)
		sum := uint64(0)
		for range workers {
			sum += <-sums
		}
		return sum
	}
}

// mandelbrot is the steps that the points of a row of the Mandelbrot set take to escape, together. The conversions
// see to it that nothing is fused, so that the sum is the same everywhere.
func mandelbrot(row, rows uint64) uint64 {
	const width, mostSteps = 1024, 256
	ci := float64(2.5*float64(row)/float64(rows)) - 1.25
	sum := uint64(0)
	for column := range uint64(width) {
		cr := float64(3.0*float64(column)/width) - 2.0
		zr, zi, steps := 0.0, 0.0, uint64(0)
		for steps < mostSteps && float64(zr*zr)+float64(zi*zi) <= 4.0 {
			zr, zi = float64(zr*zr)-float64(zi*zi)+cr, float64(2.0*zr*zi)+ci
			steps++
		}
		sum += steps
	}
	return sum
}

// monteCarlo is how many of so many random points of a square are in the quarter of a circle.
func monteCarlo(block, _ uint64) uint64 {
	const points = 100_000
	// SplitMix64, which begins elsewhere in each block.
	state, inside := mixed(block), uint64(0)
	for range points {
		state += 0x9E3779B97F4A7C15
		point := mixed(state)
		x, y := point>>33, point&0x7FFFFFFF
		if x*x+y*y < 1<<62 {
			inside++
		}
	}
	return inside
}

func mixed(z uint64) uint64 {
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return z ^ z>>31
}
