// The name of the original's program; catatonit does the work, as small as the original: it waits and reaps.
package main

import (
	"os"
	"syscall"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "-v" {
		os.Stdout.WriteString("pause.c stand-in\n")
		return
	}
	os.Stderr.WriteString(syscall.Exec("/catatonit", []string{"/pause", "-P"}, os.Environ()).Error() + "\n")
	os.Exit(1)
}
