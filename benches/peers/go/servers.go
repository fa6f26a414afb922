package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
)

func init() {
	// Over the network. How many connections there are is up to those who connect, and GOMAXPROCS says on how many
	// cores they are served.
	for _, name := range []string{"echo_1", "echo_64", "echo_1000", "echo_64_on_2", "echo_1000_on_2", "idle_connection"} {
		workloads[name] = serve(echoAll)
	}
	workloads["http_64"] = serve(helloAll)
	workloads["http_64_on_2"] = serve(helloAll)
}

// serve prints the port of a server, which runs until the program is killed.
func serve(all func(net.Listener) error) func(n uint64, _ *watch) uint64 {
	return func(uint64, *watch) uint64 {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			panic(err)
		}
		fmt.Println(listener.Addr().(*net.TCPAddr).Port)
		panic(all(listener))
	}
}

func echoAll(listener net.Listener) error {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return err
		}
		go echo(conn)
	}
}

func echo(conn net.Conn) {
	defer conn.Close()
	buffer := make([]byte, 512)
	for {
		n, err := conn.Read(buffer)
		if err != nil {
			return
		}
		if _, err := conn.Write(buffer[:n]); err != nil {
			return
		}
	}
}

func helloAll(listener net.Listener) error {
	return http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		io.WriteString(w, "Hello, World!")
	}))
}
