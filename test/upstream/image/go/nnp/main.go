// Tells its effective user: 0 when it could become root by its file's owner, and the caller's when it could not.
package main

import (
	"fmt"
	"os"
)

func main() { fmt.Printf("Effective uid: %d\n", os.Geteuid()) }
