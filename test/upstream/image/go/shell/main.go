// The shell of the busybox stand-in. Debian's ash drops environment variables whose names are no shell names, such as
// "data-1", which the original hands on, and bash does too; but only ash words its errors as the original does. So bash
// is taken when such a variable is there, and ash otherwise.
package main

import (
	"os"
	"regexp"
	"strings"
	"syscall"
)

var shellName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

func main() {
	program := "/bin/busybox"
	for _, entry := range os.Environ() {
		name, _, _ := strings.Cut(entry, "=")
		if !shellName.MatchString(name) {
			program = "/bin/bash-static"
		}
	}
	err := syscall.Exec(program, os.Args, os.Environ())
	os.Stderr.WriteString(program + ": " + err.Error() + "\n")
	os.Exit(126)
}
